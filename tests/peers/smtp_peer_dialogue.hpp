// One connection of the scripted SMTP server. Private to smtp_peer.
#pragma once
#include "peers/smtp_peer.hpp"

struct ssl_ctx_st;

namespace messo::peers {

// What the dialogues share: rules, counters, stored mails. Thread-safe.
class PeerBook {
 public:
  virtual ~PeerBook() = default;
  virtual const SmtpPeerOptions& options() const = 0;
  virtual ssl_ctx_st* tls() const = 0;
  virtual bool stopping() const = 0;
  virtual std::optional<SmtpRule> rule_for(SmtpStage stage, std::string_view recipient) = 0;
  virtual void count(std::uint64_t SmtpPeerStats::*what, std::uint64_t by) = 0;
  virtual void note_group(std::uint64_t commands) = 0;
  virtual void take(StoredMail mail, std::size_t size) = 0;
};

// Serves the connection until it ends; does not close `fd`.
void run_dialogue(PeerBook& book, int fd);

}  // namespace messo::peers
