// smtp_peer: the scripted SMTP server as a program, for the demo, scenarios and benchmarks. `smtp_peer --help` tells its flags and the
// commands of its control port.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "peers/control_port.hpp"
#include "peers/smtp_peer.hpp"

namespace {

using messo::peers::SmtpPeer;
using messo::peers::SmtpPeerOptions;
using messo::peers::SmtpRule;

constexpr std::string_view help = R"(smtp_peer: a real SMTP server on 127.0.0.1 that misbehaves as told

  --listen 127.0.0.1:PORT   0: a free port (default)
  --control PORT            control port on 127.0.0.1, 0: a free one (default)
  --ready FILE              writes "PORT CONTROL_PORT" there once both listen; they are also printed
  --store DIR               keeps each message as DIR/NNNNNN.eml
  --discard                 keeps nothing but counts
  --ids                     with --discard: also counts each Message-ID
  --arrivals FILE --arrivals-of TEXT   a line "SECONDS RECIPIENT" there, by the monotonic clock, for each recipient that contains TEXT
  --fail RULE               a rule of misbehaviour; may be given several times
  --tls starttls|implicit --cert FILE --key FILE
  --user NAME --password TEXT   requires AUTH
  --no-pipelining

RULE: STAGE['['MATCH']']=ACTION[':'ARGUMENT]['%'PERCENT]['*'TIMES]['+'AFTER]
  stages:  connect banner ehlo starttls tls auth mail rcpt data body final rset quit any
  actions: reply:TEXT  reply-then-drop:TEXT  drop[:BYTES of the body]  lose  reset  reply-drop  hang  delay:MS  drip:MS  garbage  overlong  endless
  e.g. rcpt=reply:550 5.1.1 no such user%5    mail=reply:451 4.3.0 busy*3    final=drop+10    rcpt[mario]=reply:452 4.2.2 full

Control port: one command a line, one line of answer ("ok", JSON, or "error ...").
  fail RULE | clear | stats | ids | refuse (closes the listening socket) | accept | drop (closes all connections) | forget | quit
)";

struct Arguments {
  SmtpPeerOptions options;
  std::uint16_t control = 0;
  std::string ready;
  std::vector<SmtpRule> rules;
};

[[noreturn]] void usage(const std::string& why) {
  std::cerr << "smtp_peer: " << why << "\n\n" << help;
  std::exit(2);
}

std::uint16_t port_of(const std::string& text) {
  const auto colon = text.rfind(':');
  return static_cast<std::uint16_t>(std::strtoul(text.c_str() + (colon == std::string::npos ? 0 : colon + 1), nullptr, 10));
}

Arguments parse(int count, char** words) {
  Arguments out;
  bool discard = false;
  bool ids = false;
  for (int i = 1; i < count; ++i) {
    const std::string flag = words[i];
    const auto value = [&]() -> std::string {
      if (i + 1 >= count) usage(flag + " needs a value");
      return words[++i];
    };
    if (flag == "--help") {
      std::cout << help;
      std::exit(0);
    } else if (flag == "--listen") {
      out.options.port = port_of(value());
    } else if (flag == "--control") {
      out.control = port_of(value());
    } else if (flag == "--ready") {
      out.ready = value();
    } else if (flag == "--store") {
      out.options.store_dir = value();
    } else if (flag == "--discard") {
      discard = true;
    } else if (flag == "--ids") {
      ids = true;
    } else if (flag == "--arrivals") {
      out.options.arrivals_file = value();
    } else if (flag == "--arrivals-of") {
      out.options.arrivals_of = value();
    } else if (flag == "--fail") {
      const auto text = value();
      const auto rule = SmtpRule::parse(text);
      if (!rule) usage("not a rule: " + text);
      out.rules.push_back(*rule);
    } else if (flag == "--tls") {
      const auto mode = value();
      if (mode != "starttls" && mode != "implicit") usage("--tls is starttls or implicit");
      out.options.tls = mode == "starttls" ? SmtpPeerOptions::Tls::starttls : SmtpPeerOptions::Tls::implicit;
    } else if (flag == "--cert") {
      out.options.certificate_file = value();
    } else if (flag == "--key") {
      out.options.key_file = value();
    } else if (flag == "--user") {
      out.options.username = value();
    } else if (flag == "--password") {
      out.options.password = value();
    } else if (flag == "--no-pipelining") {
      std::erase(out.options.capabilities, "PIPELINING");
    } else {
      usage("unknown flag " + flag);
    }
  }
  using Keep = SmtpPeerOptions::Keep;
  // Without a folder there is nobody to look at the messages: only their ids are kept.
  out.options.keep = !out.options.store_dir.empty() ? Keep::messages : discard && !ids ? Keep::counts : Keep::ids;
  if (!out.options.store_dir.empty()) std::filesystem::create_directories(out.options.store_dir);
  return out;
}

std::string stats_json(const SmtpPeer& peer) {
  const auto stats = peer.stats();
  const auto ids = peer.ids();
  std::uint64_t repeated = 0;
  for (const auto& [id, times] : ids) repeated += times - 1;
  std::ostringstream out;
  out << "{\"messages\":" << stats.messages << ",\"unique\":" << ids.size() << ",\"repeated\":" << repeated << ",\"bytes\":" << stats.bytes
      << ",\"connections\":" << stats.connections << ",\"secured\":" << stats.secured << ",\"signed_in\":" << stats.signed_in
      << ",\"refused_recipients\":" << stats.refused_recipients << ",\"commands\":" << stats.commands << ",\"resets\":" << stats.resets
      << ",\"largest_group\":" << stats.largest_group << "}";
  return out.str();
}

std::string ids_json(const SmtpPeer& peer) {
  std::string out = "{";
  for (const auto& [id, times] : peer.ids()) {
    if (out.size() > 1) out += ',';
    out += '"';
    for (const char c : id)
      if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) out += c;
    out += "\":" + std::to_string(times);
  }
  return out + "}";
}

// The answer to one control command; nullopt ends the program.
std::optional<std::string> obey(SmtpPeer& peer, const std::string& line) {
  if (line.starts_with("fail ")) {
    const auto rule = SmtpRule::parse(std::string_view(line).substr(5));
    if (!rule) return "error not a rule";
    peer.add(*rule);
    return "ok";
  }
  static const std::map<std::string, void (SmtpPeer::*)()> plain{{"clear", &SmtpPeer::clear},
                                                                 {"refuse", &SmtpPeer::refuse_connections},
                                                                 {"accept", &SmtpPeer::accept_connections},
                                                                 {"drop", &SmtpPeer::drop_connections},
                                                                 {"forget", &SmtpPeer::forget}};
  if (const auto found = plain.find(line); found != plain.end()) {
    (peer.*found->second)();
    return "ok";
  }
  if (line == "stats") return stats_json(peer);
  if (line == "ids") return ids_json(peer);
  if (line == "quit") return {};
  return "error unknown command";
}

}  // namespace

int main(int count, char** words) {
  auto arguments = parse(count, words);
  try {
    SmtpPeer peer(arguments.options);
    for (auto& rule : arguments.rules) peer.add(std::move(rule));
    messo::peers::ControlPort control(arguments.control);
    std::cout << "listening on 127.0.0.1:" << peer.port() << " control 127.0.0.1:" << control.port() << std::endl;
    if (!arguments.ready.empty()) messo::peers::write_ready_file(arguments.ready, {peer.port(), control.port()});
    control.serve([&](const std::string& line) { return obey(peer, line); });
    std::cout << stats_json(peer) << std::endl;
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
