#include "bench/kannel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "bench/smsc_process.hpp"
#include "scenario/support/daemon.hpp"
#include "scenario/support/http.hpp"
#include "support/load_client.hpp"
#include "support/process_figures.hpp"

namespace messo::test {
namespace {

namespace fs = std::filesystem;

// With logs as good as off, no throughput limit, and no address for reports to be told to: they end in smsbox.
constexpr std::string_view kKannelConf = R"(group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = bench
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox.log"
log-level = 4
store-type = file
store-location = "{folder}/store"
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = {smsc}
transceiver-mode = true
smsc-username = {account}
smsc-password = {password}
system-type = ""
max-pending-submits = {window}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}
sendsms-interface = 127.0.0.1
log-file = "{folder}/smsbox.log"
log-level = 4

group = sendsms-user
username = bench
password = bench

group = sms-service
keyword = default
text = "no"
max-messages = 0
)";

fs::path kannel_program(const std::string& name) { return source_folder() / ".cache/kannel/usr/sbin" / name; }

// Delivered and not delivered are to be reported.
std::string request_path(std::size_t i) {
  return fmt::format(
      "/cgi-bin/sendsms?username=bench&password=bench&from=ComEsempio&to=%2B3934{:08}&dlr-mask=3&coding=0&text=Comune+di+Esempio:+"
      "appuntamento+il+22/12/2026+alle+10:30+presso+Ufficio+Anagrafe.+Codice+VLC-{}.+Per+disdire+chiami+0000000001",
      i, 10000 + i);
}

class Kannel {
 public:
  Kannel(std::uint16_t smsc, std::size_t window) {
    const auto conf = folder_.path() / "kannel.conf";
    std::ofstream(conf) << fmt::format(kKannelConf, fmt::arg("admin", admin_), fmt::arg("boxes", free_port()), fmt::arg("smsc", smsc),
                                       fmt::arg("http", port_), fmt::arg("window", window), fmt::arg("folder", folder_.path().string()),
                                       fmt::arg("account", kSmscAccount), fmt::arg("password", kSmscPassword));
    bearerbox_.start({kannel_program("bearerbox").string(), "-v", "4", conf.string()}, folder_.path() / "bearerbox.out");
    if (!wait_until([&] { return says("Kannel"); })) throw std::runtime_error("bearerbox did not start");
    smsbox_.start({kannel_program("smsbox").string(), "-v", "4", conf.string()}, folder_.path() / "smsbox.out");
    if (!wait_until([&] { return says("smsbox:") && says("(online "); })) throw std::runtime_error("smsbox or the bind did not come up");
  }

  std::uint16_t port() const { return port_; }
  ProcessFigures figures() const {
    auto sum = figures_of(bearerbox_.pid());
    const auto box = figures_of(smsbox_.pid());
    sum.cpu_seconds += box.cpu_seconds;
    sum.anonymous_bytes += box.anonymous_bytes;
    return sum;
  }

 private:
  bool says(std::string_view text) const {
    const auto status = http({.url = fmt::format("http://127.0.0.1:{}/status.txt?password=bench", admin_), .timeout_ms = 1000});
    return status.body.find(text) != std::string::npos;
  }

  TempFolder folder_;
  std::uint16_t admin_ = free_port();
  std::uint16_t port_ = free_port();
  ChildProcess bearerbox_, smsbox_;
};

}  // namespace

std::string kannel_missing() {
  return fs::exists(kannel_program("bearerbox")) ? "" : "Kannel is not unpacked here: packaging/install-deps bench";
}

KannelFigures measure_kannel(std::size_t messages, std::size_t connections, std::size_t window) {
  constexpr std::size_t warm_up = 500;
  const SmscProcess smsc;
  const Kannel kannel(smsc.port(), window);
  KannelFigures out;
  Looks looks;
  const auto send = [&](std::size_t count, std::size_t first) {
    const LoadOptions load{
        .port = kannel.port(), .connections = connections, .get = [first](std::size_t i) { return request_path(first + i); }};
    const auto report = post_jobs(load, count, {});
    if (!report.complete)
      throw std::runtime_error(fmt::format("Kannel accepted {} of {} messages, {} connections were lost; {}", report.accepted, count,
                                           report.lost_connections, smsc.stats().dump()));
    const auto received = [&] {
      if (!looks.due()) return false;
      out.peak_anonymous_bytes = std::max(out.peak_anonymous_bytes, kannel.figures().anonymous_bytes);
      return smsc.count("receipts_acked") >= first + count;
    };
    if (!wait_until(received, Millis{600'000})) throw std::runtime_error("Kannel did not take all receipts: " + smsc.stats().dump());
  };
  send(warm_up, 0);
  const auto before = kannel.figures();
  const auto start = std::chrono::steady_clock::now();
  send(messages, warm_up);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto count = static_cast<double>(messages);
  out.per_second = count / took.count();
  out.cpu_us_per_message = (kannel.figures().cpu_seconds - before.cpu_seconds) * 1e6 / count;
  return out;
}

}  // namespace messo::test
