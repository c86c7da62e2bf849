// One message in the plugin's hands: from the border's message to the bytes and envelope of a mail, and from a verdict to an outcome.
#pragma once
#include <string>
#include <tl/expected.hpp>

#include "mail/mime_builder.hpp"
#include "mail/smtp_session.hpp"
#include "mail/smtp_verdict.hpp"
#include "messo_channel.hpp"
#include "smtp/smtp_config.hpp"

namespace messo::smtp {

struct Job {
  messo_id attempt{};
  mail::BuiltMail mail;
  std::string sender;  // return path
  std::string recipient;
  std::string envelope_id;  // for DSN
  bool smtputf8 = false;

  // Views into this job.
  mail::OutgoingMail outgoing() const { return {sender, recipient, mail.bytes, envelope_id, smtputf8}; }
};

// The job of a message, or the outcome when it cannot be a mail (mail::content_of).
tl::expected<Job, plugin::Outcome> make_job(const plugin::Message& message, const SmtpConfig& config, const plugin::Host& host);

// The pause that a verdict asks for: configured seconds for throttles and account problems, zero otherwise.
std::chrono::milliseconds pause_of(const mail::Verdict& verdict, const SmtpConfig& config);

plugin::Outcome outcome_of(const mail::Verdict& verdict, const SmtpConfig& config);

// A sentence for operators on what to do about a verdict that pauses the provider.
std::string advice(const mail::Verdict& verdict);

}  // namespace messo::smtp
