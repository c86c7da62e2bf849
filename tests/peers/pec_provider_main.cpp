// pec_provider: the two providers of certified mail as a program, for the demo and for trying things by hand. `pec_provider --help` tells
// its flags, the recipients that go wrong, and the commands of its control port.
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>

#include "peers/control_port.hpp"
#include "peers/pec_provider.hpp"

namespace {

using messo::peers::PecAnswerKind;
using messo::peers::PecSimulator;
using messo::peers::PecSimulatorOptions;
using Json = nlohmann::json;

constexpr std::string_view pec_help =
    R"(pec_provider: two providers of certified mail (PEC) on 127.0.0.1: submission over TLS, receipts in a mailbox over IMAPS and POP3S

  --account ADDRESS:PASSWORD   a mailbox of the sender's provider; may be given several times
  --files DIR                  puts ca.pem (who signed the servers' certificates) and roots.pem (who signed the receipts) there
  --ready FILE                 writes "SMTPS IMAPS POP3S CONTROL" (ports) there once all listen; they are also printed
  --smtp PORT --control PORT   0: a free one (default)
  --delay MS                   before each receipt

Control port: one command a line, one line of answer ("ok", JSON, or "error ...").
  taken | filed                what was taken, what was filed, as JSON
  hold [KIND] | release [KIND]  receipts wait (all, or one kind: accettazione, avvenuta-consegna, ...); those that wait are filed
  delay MS
  clock stop | advance HOURS   what comes hours later waits for its hour; the providers' time goes on
  copies N | again             each receipt N times from now on; everything filed so far once more
  throttle N                   so many messages get "Too much traffic from this sender"
  file MAILBOX FILE            puts a message into a mailbox
  fail RULE                    as smtp_peer's
  quit

Recipients, by the local part (piena@..., piena.rossi@...):
)";

void print_pec_help(std::ostream& out) {
  out << pec_help;
  for (const auto& rule : messo::peers::pec_rules()) {
    auto name = rule.local_part.empty() ? std::string("others") : std::string(rule.local_part) + "@";
    name.resize(16, ' ');
    out << "  " << name << rule.tells << '\n';
  }
}

[[noreturn]] void wrong_usage(const std::string& why) {
  std::cerr << "pec_provider: " << why << "\n\n";
  print_pec_help(std::cerr);
  std::exit(2);
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number out{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return out;
}

struct PecArguments {
  PecSimulatorOptions options;
  std::uint16_t control = 0;
  std::string ready, files;
};

PecArguments parse_arguments(int count, char** words) {
  PecArguments out;
  std::vector<messo::peers::PecAccount> accounts;
  for (int i = 1; i < count; ++i) {
    const std::string flag = words[i];
    if (flag == "--help" || flag == "-h") {
      print_pec_help(std::cout);
      std::exit(0);
    }
    if (i + 1 >= count) wrong_usage(flag + " is unknown or needs a value");
    const std::string value = words[++i];
    const auto port = number_in<std::uint16_t>(value);
    if (flag == "--account") {
      const auto colon = value.find(':');
      if (colon == std::string::npos) wrong_usage("--account is ADDRESS:PASSWORD");
      accounts.push_back({.address = value.substr(0, colon), .password = value.substr(colon + 1)});
    } else if (flag == "--files") {
      out.files = value;
    } else if (flag == "--ready") {
      out.ready = value;
    } else if (flag == "--smtp" && port) {
      out.options.smtp_port = *port;
    } else if (flag == "--control" && port) {
      out.control = *port;
    } else if (flag == "--delay" && port) {
      out.options.delay = std::chrono::milliseconds(*port);
    } else {
      wrong_usage("unknown flag or bad value: " + flag + " " + value);
    }
  }
  if (!accounts.empty()) out.options.accounts = std::move(accounts);
  return out;
}

std::string taken_json(const PecSimulator& provider) {
  auto out = Json::array();
  for (const auto& one : provider.taken())
    out.push_back({{"mailbox", one.mailbox},
                   {"recipients", one.recipients},
                   {"message_id", one.message_id},
                   {"identificativo", one.identificativo},
                   {"receipt_type", one.receipt_type},
                   {"refusal", one.refusal},
                   {"bytes", one.bytes.size()}});
  return out.dump();
}

std::string filed_json(const PecSimulator& provider) {
  auto out = Json::array();
  for (const auto& one : provider.filed())
    out.push_back({{"mailbox", one.mailbox},
                   {"recipient", one.recipient},
                   {"kind", messo::peers::to_text(one.kind)},
                   {"message_id", one.message_id}});
  return out.dump();
}

std::optional<PecAnswerKind> kind_named(std::string_view name) {
  for (auto i = 0; i <= static_cast<int>(PecAnswerKind::anomalia); ++i) {
    if (messo::peers::to_text(static_cast<PecAnswerKind>(i)) == name) return static_cast<PecAnswerKind>(i);
  }
  return {};
}

std::string put_file(PecSimulator& provider, const std::string& mailbox, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return "error no such file";
  std::ostringstream bytes;
  bytes << in.rdbuf();
  provider.file(mailbox, bytes.str());
  return "ok";
}

// Commands with a number; false: not one of them.
bool obey_number(PecSimulator& provider, const std::string& verb, int number) {
  if (verb == "delay")
    provider.delay(std::chrono::milliseconds(number));
  else if (verb == "advance")
    provider.advance(std::chrono::hours(number));
  else if (verb == "copies")
    provider.copies(number);
  else if (verb == "throttle")
    provider.throttle(number);
  else
    return false;
  return true;
}

// The answer to one control command; nullopt ends the program.
std::optional<std::string> obey_line(PecSimulator& provider, const std::string& line) {
  std::istringstream words(line);
  std::string verb, first, second;
  words >> verb >> first >> second;
  if (verb == "quit") return {};
  if (verb == "taken") return taken_json(provider);
  if (verb == "filed") return filed_json(provider);
  if (verb == "file") return put_file(provider, first, second);
  if (line.starts_with("fail ")) {
    const auto rule = messo::peers::SmtpRule::parse(std::string_view(line).substr(5));
    if (rule) provider.smtp().add(*rule);
    return rule ? "ok" : "error not a rule";
  }
  if (verb == "hold" && first.empty())
    provider.hold();
  else if (verb == "hold" && kind_named(first))
    provider.hold(*kind_named(first));
  else if (verb == "release" && first.empty())
    provider.release();
  else if (verb == "release" && kind_named(first))
    provider.release(*kind_named(first));
  else if (verb == "again")
    provider.file_again();
  else if (verb == "clock" && first == "stop")
    provider.stop_clock();
  else if (const auto number = number_in<int>(first); !number || !obey_number(provider, verb, *number))
    return "error unknown command";
  return "ok";
}

void hand_out_files(const PecSimulator& provider, const std::filesystem::path& folder) {
  constexpr auto overwrite = std::filesystem::copy_options::overwrite_existing;
  std::filesystem::create_directories(folder);
  std::filesystem::copy_file(provider.ca_file(), folder / "ca.pem", overwrite);
  std::filesystem::copy_file(provider.roots_file(), folder / "roots.pem", overwrite);
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse_arguments(count, words);
  try {
    messo::peers::ControlPort control(arguments.control);
    PecSimulator provider(arguments.options);
    if (!arguments.files.empty()) hand_out_files(provider, arguments.files);
    std::cout << "smtps " << provider.smtp_port() << " imaps " << provider.imap_port() << " pop3s " << provider.pop3_port() << " control "
              << control.port() << std::endl;
    if (!arguments.ready.empty())
      messo::peers::write_ready_file(arguments.ready, {provider.smtp_port(), provider.imap_port(), provider.pop3_port(), control.port()});
    control.serve([&](const std::string& line) { return obey_line(provider, line); });
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "pec_provider: " << error.what() << '\n';
    return 1;
  }
}
