#include "smtp/smtp_job.hpp"

#include "mail/border_mail.hpp"
#include "mail/verp.hpp"

namespace messo::smtp {
namespace {

using mail::ReplyClass;
using plugin::Outcome;

std::string return_path(const Uuid& delivery, const mail::Mailbox& from, const SmtpConfig& config) {
  if (!config.verp_domain.empty()) return mail::verp_address(delivery, config.verp_domain, config.verp_key.reveal());
  return config.return_path.empty() ? from.address.to_string() : config.return_path;
}

messo_outcome_kind kind_of(mail::Outcome outcome) {
  switch (outcome) {
    case mail::Outcome::sent: return MESSO_SENT;
    case mail::Outcome::try_later: return MESSO_TRY_LATER;
    case mail::Outcome::refused: return MESSO_REFUSED;
    case mail::Outcome::unknown: return MESSO_UNKNOWN;
  }
  return MESSO_UNKNOWN;
}

messo_scope scope_of(mail::Scope scope) {
  switch (scope) {
    case mail::Scope::message: return MESSO_SCOPE_MESSAGE;
    case mail::Scope::destination: return MESSO_SCOPE_DESTINATION;
    case mail::Scope::provider: return MESSO_SCOPE_PROVIDER;
  }
  return MESSO_SCOPE_MESSAGE;
}

}  // namespace

tl::expected<Job, Outcome> make_job(const plugin::Message& message, const SmtpConfig& config, const plugin::Host& host) {
  const auto content = mail::content_of(message, config.from, host, "smtp");
  if (!content) return tl::unexpected<Outcome>(content.error());
  auto built = mail::build_or_refuse(*content, "smtp");
  if (!built) return tl::unexpected<Outcome>(std::move(built.error()));
  Job job;
  job.attempt = message.attempt();
  job.mail = std::move(*built);
  job.sender = return_path(content->delivery, content->from, config);
  job.recipient = content->to.address.to_string();
  if (config.settings.dsn) job.envelope_id = content->delivery.to_string();
  job.smtputf8 = job.mail.smtputf8;
  return job;
}

std::chrono::milliseconds pause_of(const mail::Verdict& verdict, const SmtpConfig& config) {
  switch (verdict.klass) {
    case ReplyClass::throttle: return config.throttle_pause;
    case ReplyClass::account: return config.account_pause;
    default: return verdict.retry_after;
  }
}

Outcome outcome_of(const mail::Verdict& verdict, const SmtpConfig& config) {
  auto out = plugin::make_outcome(kind_of(verdict.outcome), verdict.code, verdict.public_text).about(scope_of(verdict.scope));
  out.throttled = !verdict.costs_attempt;
  const auto wish = verdict.pauses_provider ? pause_of(verdict, config) : verdict.retry_after;
  if (wish.count() > 0) out.retry_after_ms = wish.count();
  if (!verdict.sent()) out.private_text = verdict.private_text;
  return out;
}

std::string advice(const mail::Verdict& verdict) {
  using mail::Stage;
  if (verdict.code == "smtp.certificate_invalid")
    return "The server's certificate is not valid for host: check host, ca_file and the server's certificate.";
  if (verdict.code == "smtp.starttls_missing") return "The server offers no STARTTLS: set tls to implicit, or mend the server.";
  if (verdict.code == "smtp.auth_missing") return "The server offers none of the sign-in methods: check auth and port.";
  if (verdict.code == "smtp.tls_failed") return "TLS could not be set up: check port and tls.";
  if (verdict.code == "smtp.connect_failed") return "The server cannot be reached: check host, port and the network.";
  if (verdict.klass == ReplyClass::account && verdict.stage == Stage::auth)
    return "The server refused the sign-in: check username and password.";
  if (verdict.klass == ReplyClass::account)
    return "The server refused this machine or account: check username and the server's rules for this host.";
  if (verdict.klass == ReplyClass::throttle)
    return "The server asked to slow down: lower connections or the provider's rate if it goes on.";
  return "The server broke off before any message: check its state.";
}

}  // namespace messo::smtp
