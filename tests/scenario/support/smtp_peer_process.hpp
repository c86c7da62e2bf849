// The scripted mail server as its own process, so that it outlives a killed daemon and does not share its memory.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "scenario/support/child_process.hpp"

namespace messo::test {

class SmtpPeerProcess {
 public:
  // `flags` as in `smtp_peer --help`; without --store or --discard it keeps the Message-IDs. Throws when it does not come up.
  explicit SmtpPeerProcess(std::vector<std::string> flags = {});

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return process_.pid(); }
  // One command of the control port; returns the answer line.
  std::string tell(const std::string& command) const;
  struct Counts {
    std::uint64_t messages = 0, unique = 0, repeated = 0;
  };
  Counts counts() const;

 private:
  TempFolder folder_;
  std::uint16_t port_ = 0, control_ = 0;
  ChildProcess process_;
};

}  // namespace messo::test
