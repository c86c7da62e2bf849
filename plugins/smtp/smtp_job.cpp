#include "smtp/smtp_job.hpp"

#include <cstring>

#include "mail/verp.hpp"

namespace messo::smtp {
namespace {

using mail::ReplyClass;
using plugin::Outcome;

Uuid uuid_of(const messo_id& id) {
  Uuid out;
  std::memcpy(out.bytes.data(), id.bytes, sizeof id.bytes);
  return out;
}

Outcome bad_destination() { return plugin::refused("smtp.bad_address", "The mail address is not valid.").about(MESSO_SCOPE_DESTINATION); }
Outcome bad_message(const Error& error) { return plugin::refused("smtp.bad_message", error.message).log_text("build: " + error.code); }

Result<mail::Mailbox> sender_of(const plugin::Message& message, const SmtpConfig& config) {
  if (message.from().empty()) {
    if (!config.from)
      return fail(ErrorKind::invalid, "no_sender", "The message brings no sender and the provider has no default: set `from`.");
    auto box = *config.from;
    if (!message.from_name().empty()) box.name = message.from_name();
    return box;
  }
  auto box = mail::parse_mailbox(message.from());
  if (box && !message.from_name().empty()) box->name = message.from_name();
  return box;
}

// False when an attachment cannot be read.
bool read_attachments(const plugin::Message& message, const plugin::Host& host, mail::MailContent& content) {
  for (std::size_t i = 0; i < message.attachment_count(); ++i) {
    const auto attachment = message.attachment(i);
    auto bytes = host.read_attachment(message.attempt(), attachment);
    if (!bytes) return false;
    mail::MailAttachment file{std::string(attachment.name), std::string(attachment.content_type), std::move(*bytes), {}};
    const bool can_be_id = !file.name.empty() && mail::is_ascii(file.name) && file.name.find_first_of(" <>\"") == std::string::npos;
    if (can_be_id && content.html.find("\"cid:" + file.name + '"') != std::string::npos) file.content_id = file.name;
    content.attachments.push_back(std::move(file));
  }
  return true;
}

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

std::variant<Job, Outcome> make_job(const plugin::Message& message, const SmtpConfig& config, const plugin::Host& host) {
  const auto to = mail::parse_address(message.to());
  if (!to) return bad_destination();
  auto from = sender_of(message, config);
  if (!from) return bad_message(from.error());
  mail::MailContent content;
  content.delivery = uuid_of(message.delivery());
  content.date = from_unix_ms(message.created_ms());
  content.from = std::move(*from);
  content.to = {std::string(message.to_name()), *to};
  if (!message.reply_to().empty()) {
    auto reply_to = mail::parse_mailbox(message.reply_to());
    if (!reply_to) return bad_message(reply_to.error());
    content.reply_to = std::move(*reply_to);
  }
  content.subject = message.text("subject");
  content.text = message.text("text");
  content.html = message.text("html");
  content.language = message.language();
  if (!read_attachments(message, host, content))
    return plugin::try_later("smtp.attachment_unreadable", "An attachment of the message could not be read; it will be tried again.");
  auto built = mail::build_mail(content);
  if (!built) return bad_message(built.error());
  Job job;
  job.attempt = message.attempt();
  job.mail = std::move(*built);
  job.sender = return_path(content.delivery, content.from, config);
  job.recipient = to->to_string();
  if (config.settings.dsn) job.envelope_id = content.delivery.to_string();
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
