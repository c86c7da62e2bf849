// A peer of tests/peers as its own process, so that it outlives a killed daemon and does not share its memory.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "scenario/support/child_process.hpp"

namespace messo::test {

class PeerProcess {
 public:
  // `command`: a program that listens on 127.0.0.1 and takes --ready FILE (tests/peers/control_port.hpp). Throws std::runtime_error with
  // what it printed when it does not come up.
  explicit PeerProcess(std::vector<std::string> command, const std::map<std::string, std::string>& environment = {});
  // One of the build; `flags` as its --help says.
  PeerProcess(const std::string& program, const std::vector<std::string>& flags);

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return process_.pid(); }
  // One command of the control port; returns the answer's line, with its end. Throws std::runtime_error when nobody answers.
  std::string tell(const std::string& command) const;

 private:
  TempFolder folder_;
  std::uint16_t port_ = 0, control_ = 0;
  ChildProcess process_;
};

}  // namespace messo::test
