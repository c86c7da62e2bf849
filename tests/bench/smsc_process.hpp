// The SMSC of tests/peers as its own process, and looking at what is measured.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "scenario/support/peer_process.hpp"

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

class SmscProcess : public PeerProcess {
 public:
  // `flags` as in `smsc_peer --help`.
  explicit SmscProcess(std::vector<std::string> flags = {}) : PeerProcess("smsc_peer", with_account(std::move(flags))) {}

  nlohmann::json stats() const { return nlohmann::json::parse(tell("stats")); }
  std::uint64_t count(const char* name) const { return stats().at(name).get<std::uint64_t>(); }

 private:
  static std::vector<std::string> with_account(std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--system-id", kSmscAccount, "--password", kSmscPassword});
    return flags;
  }
};

}  // namespace messo::test
