// smtp_peer: the scripted SMTP server as a program, for the demo, scenarios and benchmarks. `smtp_peer --help` tells its flags and the
// commands of its control port.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

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
  actions: reply:TEXT  reply-then-drop:TEXT  drop[:BYTES of the body]  reset  reply-drop  hang  delay:MS  drip:MS  garbage  overlong  endless
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

int listen_control(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t length = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 16) != 0)
    usage("cannot listen on the control port");
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  port = ntohs(address.sin_port);
  return fd;
}

// Serves control connections, several at once, until "quit" or a signal.
void serve_control(SmtpPeer& peer, int listener, int signals_from) {
  std::map<int, std::string> clients;
  for (;;) {
    std::vector<pollfd> waiting{{listener, POLLIN, 0}, {signals_from, POLLIN, 0}};
    for (const auto& [fd, text] : clients) waiting.push_back({fd, POLLIN, 0});
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[1].revents) return;
    if (waiting[0].revents) {
      if (const int fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); fd >= 0) clients[fd];
    }
    for (std::size_t i = 2; i < waiting.size(); ++i) {
      if (!waiting[i].revents) continue;
      const int fd = waiting[i].fd;
      char bytes[4096];
      const auto got = ::recv(fd, bytes, sizeof bytes, 0);
      if (got <= 0) {
        ::close(fd);
        clients.erase(fd);
        continue;
      }
      auto& text = clients[fd];
      text.append(bytes, static_cast<std::size_t>(got));
      for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n')) {
        auto line = text.substr(0, end);
        text.erase(0, end + 1);
        if (line.ends_with('\r')) line.pop_back();
        const auto answer = obey(peer, line);
        const auto words = answer.value_or("ok") + "\n";
        for (std::size_t done = 0; done < words.size();) {
          const auto sent = ::send(fd, words.data() + done, words.size() - done, MSG_NOSIGNAL);
          if (sent <= 0) break;
          done += static_cast<std::size_t>(sent);
        }
        if (!answer) return;
      }
    }
  }
}

int signal_pipe[2];
void on_signal(int) {
  const char byte = 1;
  [[maybe_unused]] const auto written = ::write(signal_pipe[1], &byte, 1);
}

}  // namespace

int main(int count, char** words) {
  auto arguments = parse(count, words);
  if (::pipe(signal_pipe) != 0) return 1;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::signal(signal, on_signal);
  try {
    SmtpPeer peer(arguments.options);
    for (auto& rule : arguments.rules) peer.add(std::move(rule));
    const int listener = listen_control(arguments.control);
    std::cout << "listening on 127.0.0.1:" << peer.port() << " control 127.0.0.1:" << arguments.control << std::endl;
    if (!arguments.ready.empty()) {
      std::ofstream(arguments.ready + ".part") << peer.port() << ' ' << arguments.control << '\n';
      std::rename((arguments.ready + ".part").c_str(), arguments.ready.c_str());
    }
    serve_control(peer, listener, signal_pipe[0]);
    std::cout << stats_json(peer) << std::endl;
    ::close(listener);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
