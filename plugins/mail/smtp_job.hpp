// One message in the hands of a pool: the bytes and envelope of a mail, and from a verdict to an outcome.
#pragma once
#include <chrono>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "mail/mime_builder.hpp"
#include "mail/smtp_session.hpp"
#include "mail/smtp_verdict.hpp"
#include "messo_channel.hpp"

namespace messo::mail {

// How a pool uses its connections.
struct PoolSettings {
  unsigned connections = 4;
  unsigned queue_per_connection = 64;
  unsigned messages_per_connection = 1000;
  std::chrono::seconds idle{30};
  std::chrono::seconds throttle_pause{60};
  std::chrono::seconds account_pause{300};
  std::chrono::seconds reconnect_max{60};

  unsigned capacity() const { return connections * queue_per_connection; }
};

struct MailJob {
  messo_id attempt{};
  BuiltMail mail;
  std::string sender;  // return path
  std::string recipient;
  std::string envelope_id;  // for DSN
  bool smtputf8 = false;
  std::vector<plugin::Reference> references;  // by which later receipts name it

  // Views into this job.
  OutgoingMail outgoing() const { return {sender, recipient, mail.bytes, envelope_id, smtputf8}; }
};

// The pause that a verdict asks for: configured seconds for throttles and account problems, otherwise the verdict's own.
std::chrono::milliseconds pause_of(const Verdict& verdict, const PoolSettings& pool);

plugin::Outcome outcome_of(const Verdict& verdict, const PoolSettings& pool);

// A sentence for operators on what to do about a verdict that pauses the provider.
std::string advice(const Verdict& verdict);

}  // namespace messo::mail
