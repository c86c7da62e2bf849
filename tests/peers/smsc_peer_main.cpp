// smsc_peer: the SMSC as a program, for scenarios and benchmarks. `smsc_peer --help` tells its flags and the commands of its control port.
#include <fmt/format.h>

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "peers/control_port.hpp"
#include "peers/smsc_peer.hpp"

namespace {

using messo::peers::SmscIds;
using messo::peers::SmscPeer;
using messo::peers::SmscPeerOptions;

constexpr std::string_view help = R"(smsc_peer: a real SMSC (SMPP 3.4) on 127.0.0.1

  --listen PORT             0: a free port (default)
  --control PORT            control port on 127.0.0.1, 0: a free one (default)
  --ready FILE              writes "PORT CONTROL_PORT" there once both listen; they are also printed
  --system-id TEXT --password TEXT    who may bind; without them anybody
  --ids decimal|hex         of submit_sm_resp
  --receipt-ids decimal|hex of receipts
  --receipt-tlvs            receipts also as optional parameters
  --response-delay MS  --receipt-delay MS  --receipt-spread MS (at random, up to)
  --receipt-first-every N   every N-th receipt goes before its submit_sm_resp
  --receipts-elsewhere      receipts go to another bind than the message's, when there is one
  --receipt-window N        most receipts without a response, a bind (50)
  --undelivered-every N     --throttle-every N
  --window N                beyond so many unanswered submit_sm: ESME_RMSGQFUL
  --count-destinations      counts messages to the same number ("repeated")

Control port: one command a line, one line of answer ("ok", JSON, or "error ...").
  stats | hold (receipts) | release (them) | throttle N | drop (closes all connections) | inbound FROM TO TEXT | quit
)";

struct Arguments {
  SmscPeerOptions options;
  std::uint16_t control = 0;
  std::string ready;
};

[[noreturn]] void usage(const std::string& why) {
  std::cerr << "smsc_peer: " << why << "\n\n" << help;
  std::exit(2);
}

std::optional<std::uint32_t> number_of(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// The next word as what the flag wants.
class Values {
 public:
  Values(int count, char** words) : count_(count), words_(words) {}

  bool next_flag() { return ++at_ < count_; }
  std::string flag() const { return words_[at_]; }
  std::string text() {
    const auto name = flag();
    if (++at_ >= count_) usage(name + " needs a value");
    return words_[at_];
  }
  std::uint32_t number() {
    const auto name = flag();
    const auto found = number_of(text());
    if (!found) usage(name + " needs a number");
    return *found;
  }
  std::uint16_t port() { return static_cast<std::uint16_t>(number()); }
  std::chrono::milliseconds milliseconds() { return std::chrono::milliseconds(number()); }
  SmscIds ids() {
    const auto word = text();
    if (word != "decimal" && word != "hex") usage("ids are decimal or hex");
    return word == "hex" ? SmscIds::hex : SmscIds::decimal;
  }

 private:
  int count_;
  char** words_;
  int at_ = 0;
};

Arguments parse(int count, char** words) {
  Arguments out;
  auto& options = out.options;
  for (Values values(count, words); values.next_flag();) {
    const auto flag = values.flag();
    if (flag == "--help") {
      std::cout << help;
      std::exit(0);
    }
    if (flag == "--listen")
      options.port = values.port();
    else if (flag == "--control")
      out.control = values.port();
    else if (flag == "--ready")
      out.ready = values.text();
    else if (flag == "--system-id")
      options.system_id = values.text();
    else if (flag == "--password")
      options.password = values.text();
    else if (flag == "--ids")
      options.response_ids = values.ids();
    else if (flag == "--receipt-ids")
      options.receipt_ids = values.ids();
    else if (flag == "--receipt-tlvs")
      options.receipt_tlvs = true;
    else if (flag == "--response-delay")
      options.response_delay = values.milliseconds();
    else if (flag == "--receipt-delay")
      options.receipt_delay = values.milliseconds();
    else if (flag == "--receipt-spread")
      options.receipt_spread = values.milliseconds();
    else if (flag == "--receipt-first-every")
      options.receipt_first_every = values.number();
    else if (flag == "--receipts-elsewhere")
      options.receipts_elsewhere = true;
    else if (flag == "--receipt-window")
      options.receipt_window = values.number();
    else if (flag == "--undelivered-every")
      options.undelivered_every = values.number();
    else if (flag == "--throttle-every")
      options.throttle_every = values.number();
    else if (flag == "--window")
      options.window = values.number();
    else if (flag == "--count-destinations")
      options.count_destinations = true;
    else
      usage("unknown flag " + flag);
  }
  return out;
}

std::string stats_json(const SmscPeer& peer) {
  const auto stats = peer.stats();
  return fmt::format(
      R"({{"connections":{},"binds":{},"refused_binds":{},"unbinds":{},"enquire_links":{},"queries":{},"submits":{},"accepted":{},)"
      R"("throttled":{},"over_window":{},"largest_window":{},"repeated":{},"receipts_sent":{},"receipts_acked":{},"receipts_refused":{},)"
      R"("receipts_waiting":{},"nacks":{}}})",
      stats.connections, stats.binds, stats.refused_binds, stats.unbinds, stats.enquire_links, stats.queries, stats.submits, stats.accepted,
      stats.throttled, stats.over_window, stats.largest_window, stats.repeated, stats.receipts_sent, stats.receipts_acked,
      stats.receipts_refused, stats.receipts_waiting, stats.nacks);
}

std::string inbound(SmscPeer& peer, const std::string& words) {
  const auto to = words.find(' ');
  const auto text = to == std::string::npos ? to : words.find(' ', to + 1);
  if (text == std::string::npos) return "error inbound FROM TO TEXT";
  return peer.send_inbound(words.substr(0, to), words.substr(to + 1, text - to - 1), words.substr(text + 1)) ? "ok"
                                                                                                             : "error nobody is bound";
}

// The answer to one control command; nullopt ends the program.
std::optional<std::string> obey(SmscPeer& peer, const std::string& line) {
  if (line == "stats") return stats_json(peer);
  if (line == "quit") return {};
  if (line.starts_with("inbound ")) return inbound(peer, line.substr(8));
  if (line.starts_with("throttle ")) {
    const auto every = number_of(std::string_view(line).substr(9));
    if (!every) return "error throttle N";
    peer.throttle_every(*every);
  } else if (line == "hold" || line == "release") {
    peer.hold_receipts(line == "hold");
  } else if (line == "drop") {
    peer.drop_connections();
  } else {
    return "error unknown command";
  }
  return "ok";
}

}  // namespace

int main(int count, char** words) {
  const auto arguments = parse(count, words);
  try {
    SmscPeer peer(arguments.options);
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
