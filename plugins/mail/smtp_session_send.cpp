// One mail's transaction: envelope, body, and where it may have broken.
#include <algorithm>
#include <utility>

#include "mail/mail_address.hpp"
#include "mail/mime_encoding.hpp"
#include "mail/smtp_session.hpp"

namespace messo::mail {
namespace {

// RFC 3461 §4: what is not printable ASCII, and "+" and "=", as "+HH".
std::string xtext(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '+' && c != '=') {
      out.push_back(c);
    } else {
      out.push_back('+');
      out.push_back(hex[byte >> 4]);
      out.push_back(hex[byte & 15]);
    }
  }
  return out;
}

bool wants_utf8(const OutgoingMail& mail) { return mail.smtputf8 || !is_ascii(mail.recipient) || !is_ascii(mail.sender); }

// Nothing of ours may break out of its command line, whatever a caller passes.
bool breaks_line(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return c == '\r' || c == '\n' || c == '\0' || c == '<' || c == '>'; });
}

}  // namespace

std::optional<Verdict> SmtpSession::local_verdict(const OutgoingMail& mail) const {
  if (breaks_line(mail.sender) || breaks_line(mail.recipient)) {
    Reply reply{501, EnhancedCode{5, 1, 3}, "address cannot stand in a command"};
    return verdict_of(Stage::rcpt, reply);
  }
  if (wants_utf8(mail) && !capabilities_.smtputf8) return verdict_of(Stage::mail, Failure::smtputf8_missing);
  if (!capabilities_.eight_bit_mime && !is_ascii(mail.bytes)) return verdict_of(Stage::mail, Failure::eight_bit_missing);
  const auto over = [&](std::uint64_t limit) { return limit > 0 && mail.bytes.size() > limit; };
  if (over(capabilities_.max_size) || over(settings_.max_message_bytes)) return verdict_of(Stage::mail, Failure::too_big);
  return {};
}

void SmtpSession::append_mail_command(const OutgoingMail& mail) {
  if (needs_reset_) out_ += "RSET\r\n";
  out_ += "MAIL FROM:<";
  out_ += mail.sender;
  out_ += '>';
  if (capabilities_.size) out_ += " SIZE=" + std::to_string(mail.bytes.size());
  if (capabilities_.eight_bit_mime && (wants_utf8(mail) || !is_ascii(mail.bytes))) out_ += " BODY=8BITMIME";
  if (wants_utf8(mail)) out_ += " SMTPUTF8";
  if (settings_.dsn && capabilities_.dsn) {
    out_ += " RET=HDRS";
    if (!mail.envelope_id.empty()) out_ += " ENVID=" + xtext(mail.envelope_id);
  }
  out_ += "\r\n";
}

void SmtpSession::append_recipient_command(const OutgoingMail& mail) {
  out_ += "RCPT TO:<";
  out_ += mail.recipient;
  out_ += '>';
  if (settings_.dsn && capabilities_.dsn) {
    out_ += " NOTIFY=FAILURE,DELAY";
    // RFC 6533 §3 has its own address type for non-ASCII; leaving ORCPT out is always allowed.
    if (is_ascii(mail.recipient)) out_ += " ORCPT=rfc822;" + xtext(mail.recipient);
  }
  out_ += "\r\n";
}

Verdict SmtpSession::send(const OutgoingMail& mail, const OutgoingMail* next) {
  lost_while_idle_ = false;
  replies_this_mail_ = 0;
  if (announced_ && announced_recipient_ != mail.recipient) {
    announced_ = false;
    return broken(Stage::mail, {Failure::protocol, "another mail was announced"});
  }
  if (!announced_) {
    if (auto verdict = local_verdict(mail)) return *verdict;
  }
  if (auto refused = envelope(mail)) {
    ++mails_;
    return *refused;
  }
  auto verdict = body(mail, next);
  ++mails_;
  return verdict;
}

std::optional<Verdict> SmtpSession::envelope(const OutgoingMail& mail) {
  return capabilities_.pipelining ? envelope_pipelined(mail) : envelope_stepwise(mail);
}

std::optional<Verdict> SmtpSession::envelope_pipelined(const OutgoingMail& mail) {
  const bool was_announced = std::exchange(announced_, false);
  const bool reset = !was_announced && needs_reset_;
  if (!was_announced) {
    out_.clear();
    append_mail_command(mail);
    append_recipient_command(mail);
    out_ += "DATA\r\n";
    if (auto trouble = flush()) return broken(Stage::mail, *trouble);
  }
  needs_reset_ = false;
  if (reset) {
    const auto answer = read_reply(settings_.timeouts.command);
    if (const auto* reply = std::get_if<Reply>(&answer); !reply || !reply->positive()) {
      auto verdict = judge(Stage::rset, answer);
      stream_.close();  // replies to the rest of the group may still come: out of step
      return verdict;
    }
  }
  // All three replies are read whatever they say, so that the dialogue stays in step.
  std::optional<Verdict> refused;
  for (const auto stage : {Stage::mail, Stage::rcpt, Stage::data}) {
    const auto answer = read_reply(settings_.timeouts.command);
    const auto* reply = std::get_if<Reply>(&answer);
    if (!reply || reply->code == 421) {
      auto verdict = judge(stage, answer);
      return refused ? refused : std::optional(std::move(verdict));
    }
    const bool taken = stage == Stage::data ? reply->code == 354 : reply->positive();
    if (!taken && !refused) refused = judge(stage, answer);
    if (!is_open()) return refused;
    if (stage != Stage::data || !refused) continue;
    if (reply->code != 354) {
      needs_reset_ = true;
    } else if (auto failed = clear_transaction()) {
      return refused;
    }
  }
  return refused;
}

std::optional<Verdict> SmtpSession::envelope_stepwise(const OutgoingMail& mail) {
  const auto step = [&](Stage stage) -> std::optional<Verdict> {
    if (auto trouble = flush()) return broken(stage, *trouble);
    const auto answer = read_reply(settings_.timeouts.command);
    const auto* reply = std::get_if<Reply>(&answer);
    const bool taken = reply && (stage == Stage::data ? reply->code == 354 : reply->positive());
    if (taken) return {};
    needs_reset_ = true;
    return judge(stage, answer);
  };
  out_.clear();
  if (needs_reset_) {
    out_ = "RSET\r\n";
    if (auto failed = step(Stage::rset)) {
      stream_.close();
      return failed;
    }
    needs_reset_ = false;
    out_.clear();
  }
  append_mail_command(mail);
  if (auto refused = step(Stage::mail)) return refused;
  out_.clear();
  append_recipient_command(mail);
  if (auto refused = step(Stage::rcpt)) return refused;
  out_ = "DATA\r\n";
  return step(Stage::data);
}

// The server asks for a body although we have no recipient (RFC 2920 §3.1): an empty one, whose refusal means nothing more.
std::optional<Verdict> SmtpSession::clear_transaction() {
  out_ = ".\r\n";
  if (auto trouble = flush()) return broken(Stage::data, *trouble);
  const auto answer = read_reply(settings_.timeouts.final_dot);
  const auto* reply = std::get_if<Reply>(&answer);
  if (reply && reply->code != 421) return {};
  return judge(Stage::data, answer);
}

Verdict SmtpSession::body(const OutgoingMail& mail, const OutgoingMail* next) {
  out_.clear();
  append_dot_stuffed(out_, mail.bytes);
  const auto dot_end = out_.size();
  const bool announces = next && capabilities_.pipelining && !local_verdict(*next);
  if (announces) {
    append_mail_command(*next);
    append_recipient_command(*next);
    out_ += "DATA\r\n";
  }
  std::size_t handed_over = 0;
  if (auto trouble = stream_.write(out_, settings_.timeouts.block, handed_over)) return after_broken_body(*trouble, handed_over >= dot_end);
  const auto answer = read_reply(settings_.timeouts.final_dot);
  const auto* reply = std::get_if<Reply>(&answer);
  auto verdict = judge(Stage::final_dot, answer);
  if (reply && reply->intermediate()) {
    // 3xx to the final dot: out of step, and the message may be there.
    verdict = broken(Stage::final_dot, {Failure::protocol, "intermediate reply to the final dot"});
  }
  announced_ = announces && is_open();
  if (announced_) announced_recipient_ = next->recipient;
  return verdict;
}

// The write failed. A server that refuses in mid-body says so before it closes: its words are worth more than a broken pipe.
Verdict SmtpSession::after_broken_body(const SmtpStream::Trouble& trouble, bool dot_may_be_out) {
  if (trouble.failure == Failure::closed) {
    const auto answer = read_reply(Millis{1000});
    if (const auto* reply = std::get_if<Reply>(&answer); reply && reply->code >= 400) {
      auto verdict = judge(Stage::body, answer);
      stream_.close();
      return verdict;
    }
  }
  return broken(dot_may_be_out ? Stage::final_dot : Stage::body, trouble);
}

}  // namespace messo::mail
