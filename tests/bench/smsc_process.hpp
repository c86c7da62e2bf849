// The SMSC of tests/peers as its own process, and looking at what is measured.
#pragma once
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "scenario/support/control_client.hpp"
#include "scenario/support/daemon.hpp"

namespace messo::test {

constexpr auto kSmscAccount = "messo";
constexpr auto kSmscPassword = "segreto";

// Looking costs the machine that is measured: within wait_until(), whether it is time to look again.
class Looks {
 public:
  bool due() {
    const auto now = std::chrono::steady_clock::now();
    if (now < next_) return false;
    next_ = now + Millis{20};
    return true;
  }

 private:
  std::chrono::steady_clock::time_point next_{};
};

class SmscProcess {
 public:
  // `flags` as in `smsc_peer --help`.
  explicit SmscProcess(const std::vector<std::string>& flags = {}) {
    const auto ready = folder_.path() / "ready";
    std::vector<std::string> command{
        (build_folder() / "bin/smsc_peer").string(), "--ready", ready.string(), "--system-id", kSmscAccount, "--password", kSmscPassword};
    command.insert(command.end(), flags.begin(), flags.end());
    process_.start(command, folder_.path() / "log");
    const bool up = wait_until([&] { return !process_.running() || std::filesystem::exists(ready); });
    std::ifstream(ready) >> port_ >> control_;
    if (!up || port_ == 0) throw std::runtime_error("smsc_peer did not come up");
  }

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return process_.pid(); }
  nlohmann::json stats() const { return nlohmann::json::parse(tell_control_port(control_, "stats")); }
  std::uint64_t count(const char* name) const { return stats().at(name).get<std::uint64_t>(); }

 private:
  TempFolder folder_;
  std::uint16_t port_ = 0, control_ = 0;
  ChildProcess process_;
};

}  // namespace messo::test
