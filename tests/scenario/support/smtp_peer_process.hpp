// The scripted mail server as its own process.
#pragma once
#include "scenario/support/peer_process.hpp"

namespace messo::test {

class SmtpPeerProcess : public PeerProcess {
 public:
  // `flags` as in `smtp_peer --help`; without --store or --discard it keeps the Message-IDs.
  explicit SmtpPeerProcess(const std::vector<std::string>& flags = {}) : PeerProcess("smtp_peer", flags) {}

  struct Counts {
    std::uint64_t messages = 0, unique = 0, repeated = 0;
  };
  Counts counts() const;
};

}  // namespace messo::test
