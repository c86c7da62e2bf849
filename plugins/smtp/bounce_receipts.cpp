#include "smtp/bounce_receipts.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "base/uuid.hpp"
#include "mail/smtp_verdict.hpp"
#include "mail/verp.hpp"
#include "mailbox/receipt_mailbox.hpp"
#include "smtp/smtp_message.hpp"

namespace messo::smtp {
namespace {

using mail::EnhancedCode;
using mail::Reply;
using mail::ReplyClass;
using mail_report::DsnRecipient;
using mail_report::Kind;
using mail_report::Report;

constexpr std::size_t kMostBounceBytes = 256 * 1024;

struct Named {
  Uuid delivery;
  bool proven = false;
};

std::optional<Named> delivery_named_by(const Report& report, const SmtpConfig& config) {
  if (!config.verp_key.empty()) {
    for (const auto& address : report.addresses) {
      if (const auto id = mail::delivery_of_verp(address, config.verp_key.reveal())) return Named{*id, true};
    }
  }
  if (const auto id = Uuid::parse(report.envelope_id)) return Named{*id};
  const auto& message_id = report.original_message_id;
  if (const auto id = Uuid::parse(message_id.substr(0, message_id.find('@')))) return Named{*id};
  return {};
}

// x.0.0 says no more than its class.
bool says_something(const std::optional<EnhancedCode>& code) { return code && (code->subject != 0 || code->detail != 0); }

// "smtp; 550-5.1.1 no such user" (RFC 3464 §2.3.6): the reply without its type; empty when it is another protocol's.
std::string_view smtp_diagnostic(std::string_view diagnostic) {
  const auto mark = diagnostic.find(';');
  if (mark == std::string_view::npos) return diagnostic;
  if (lower_case(std::string(diagnostic.substr(0, mark))).find("smtp") == std::string::npos) return {};
  diagnostic.remove_prefix(mark + 1);
  return diagnostic.substr(std::min(diagnostic.find_first_not_of(' '), diagnostic.size()));
}

// Takes the three digits off the start of a reply's text; 0: there are none.
std::uint16_t take_reply_code(std::string_view& text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() < 3 || text[0] < '2' || text[0] > '5' || !digit(1) || !digit(2)) return 0;
  if (text.size() > 3 && text[3] != ' ' && text[3] != '-') return 0;
  const auto code = static_cast<std::uint16_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
  text.remove_prefix(std::min<std::size_t>(4, text.size()));
  return code;
}

// The reply by which the far server refused the message, as far as the report tells.
Reply reply_of(const DsnRecipient& recipient) {
  Reply out;
  auto text = smtp_diagnostic(recipient.diagnostic);
  out.code = take_reply_code(text);
  auto status = mail::parse_enhanced_code(recipient.status);
  if (!says_something(status)) {
    if (const auto told = mail::parse_enhanced_code(text); says_something(told)) status = told;
  }
  if (says_something(status)) out.enhanced = status;
  const auto klass = static_cast<std::uint16_t>(status ? status->klass : out.code != 0 ? out.code / 100 : 5);
  if (out.code / 100 != klass) out.code = static_cast<std::uint16_t>(klass * 100 + 50);
  out.text = text;
  return out;
}

struct Failed {
  ReplyClass klass = ReplyClass::permanent;
  std::optional<EnhancedCode> code;
};

// Of several recipients (an alias of theirs) the first whose address may still be good: one good mailbox is enough to write to again. As
// at the end of a dialogue: without an enhanced code nobody can tell a refused address from a refused message.
Failed failure_of(const Report& report, const SmtpConfig& config) {
  Failed out;
  for (const auto& recipient : report.recipients) {
    const auto reply = reply_of(recipient);
    out = {mail::classify(mail::Stage::final_dot, reply, config.settings.overrides), reply.enhanced};
    if (out.klass != ReplyClass::address) break;
  }
  return out;
}

// For the sending application: no address, no words of a server.
std::string_view sentence_of_bounce(ReplyClass klass) {
  switch (klass) {
    case ReplyClass::address: return "The mail address does not exist or is disabled: the message came back.";
    case ReplyClass::mailbox_full: return "The recipient's mailbox is full: the message came back.";
    case ReplyClass::too_big: return "The message is larger than the recipient's mail server accepts: it came back.";
    case ReplyClass::account:
    case ReplyClass::policy: return "The recipient's mail server refused the sender by its policy; an administrator must check it.";
    case ReplyClass::throttle:
    case ReplyClass::temporary: return "The recipient's mail server did not take the message in time: it came back.";
    case ReplyClass::accepted:
    case ReplyClass::permanent: break;
  }
  return "The recipient's mail server refused the message: it came back.";
}

std::string coded(std::string_view what, const std::optional<EnhancedCode>& code) {
  std::string out("smtp.");
  out += what;
  if (code) out += '-' + code->to_string();
  return out;
}

// Kind, milestone, scope, code and sentence; false: nothing for the hub.
bool classify_report(const Report& report, const SmtpConfig& config, plugin::Receipt& out) {
  switch (report.kind) {
    case Kind::failed: {
      const auto failure = failure_of(report, config);
      out.kind = MESSO_RECEIPT_UNDELIVERED;
      out.scope = failure.klass == ReplyClass::address ? MESSO_SCOPE_DESTINATION : MESSO_SCOPE_MESSAGE;
      out.code = coded("bounce", failure.code);
      out.public_text = sentence_of_bounce(failure.klass);
      return true;
    }
    case Kind::delayed:
      out.kind = MESSO_RECEIPT_MILESTONE;
      out.milestone = MESSO_MILESTONE_DELAYED;
      out.code = coded("delayed", reply_of(report.recipients.front()).enhanced);
      out.public_text = "The message has not arrived yet; mail servers go on trying.";
      return true;
    case Kind::complaint:
      out.kind = MESSO_RECEIPT_MILESTONE;
      out.milestone = MESSO_MILESTONE_COMPLAINED;
      out.scope = MESSO_SCOPE_DESTINATION;
      out.code = "smtp.complaint";
      out.public_text = "The recipient told their mail provider that they do not want such messages.";
      return true;
    case Kind::relayed:
    case Kind::delivered:
    case Kind::auto_reply:
    case Kind::not_ours: break;
  }
  return false;
}

// With the delivery's id: some servers give many reports one Message-ID, and nobody else's report can take its place.
std::string dedupe_key_of(const Report& report, const Uuid& delivery, std::string_view eml) {
  return delivery.to_string() + "/" + mailbox::dedupe_key(report.own_message_id, eml);
}

}  // namespace

std::optional<plugin::Receipt> receipt_of(const Report& report, std::string_view eml, const SmtpConfig& config, std::int64_t now_ms) {
  plugin::Receipt out;
  const auto named = delivery_named_by(report, config);
  if (!named || !classify_report(report, config, out)) return {};
  out.verification = named->proven ? MESSO_VALID : MESSO_NOT_CHECKED;
  out.references.push_back({std::string(kDeliveryReference), named->delivery.to_string(), 0});
  out.at_ms = report.at_ms > 0 && report.at_ms < now_ms ? report.at_ms : now_ms;
  out.dedupe_key = dedupe_key_of(report, named->delivery, eml);
  if (eml.size() <= kMostBounceBytes) out.raw = eml;
  return out;
}

}  // namespace messo::smtp
