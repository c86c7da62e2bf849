#include "mail/smtp_job.hpp"

namespace messo::mail {
namespace {

messo_outcome_kind kind_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::sent: return MESSO_SENT;
    case Outcome::try_later: return MESSO_TRY_LATER;
    case Outcome::refused: return MESSO_REFUSED;
    case Outcome::unknown: return MESSO_UNKNOWN;
  }
  return MESSO_UNKNOWN;
}

messo_scope scope_of(Scope scope) {
  switch (scope) {
    case Scope::message: return MESSO_SCOPE_MESSAGE;
    case Scope::destination: return MESSO_SCOPE_DESTINATION;
    case Scope::provider: return MESSO_SCOPE_PROVIDER;
  }
  return MESSO_SCOPE_MESSAGE;
}

}  // namespace

std::chrono::milliseconds pause_of(const Verdict& verdict, const PoolSettings& pool) {
  switch (verdict.klass) {
    case ReplyClass::throttle: return pool.throttle_pause;
    case ReplyClass::account: return pool.account_pause;
    default: return verdict.retry_after;
  }
}

plugin::Outcome outcome_of(const Verdict& verdict, const PoolSettings& pool) {
  auto out = plugin::make_outcome(kind_of(verdict.outcome), verdict.code, verdict.public_text).about(scope_of(verdict.scope));
  out.throttled = !verdict.costs_attempt;
  const auto wish = verdict.pauses_provider ? pause_of(verdict, pool) : verdict.retry_after;
  if (wish.count() > 0) out.retry_after_ms = wish.count();
  if (!verdict.sent()) out.private_text = verdict.private_text;
  return out;
}

std::string advice(const Verdict& verdict) {
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

}  // namespace messo::mail
