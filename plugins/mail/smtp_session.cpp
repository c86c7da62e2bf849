#include "mail/smtp_session.hpp"

#include <algorithm>
#include <utility>

#include "base/hash.hpp"
#include "mail/mail_address.hpp"
#include "mail/mime_encoding.hpp"

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
bool breaks_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0<>", 5)) != std::string_view::npos; }

}  // namespace

SmtpSession::SmtpSession(const SmtpSettings& settings, Poco::Net::Context::Ptr tls, const std::atomic<bool>& stop)
    : settings_(settings), tls_(std::move(tls)), stream_(stop) {}

SmtpSession::~SmtpSession() { close(); }

std::optional<Verdict> SmtpSession::open() {
  stream_.close();
  parser_.reset();
  inbox_begin_ = inbox_end_ = 0;
  capabilities_ = {};
  mails_ = 0;
  announced_ = needs_reset_ = lost_while_idle_ = false;
  if (auto trouble = stream_.connect(settings_.host, settings_.port, settings_.tls == TlsMode::none, settings_.timeouts.connect))
    return broken(Stage::connect, *trouble);
  auto verdict = greet();
  if (verdict) stream_.close();
  return verdict;
}

std::optional<Verdict> SmtpSession::greet() {
  if (settings_.tls == TlsMode::implicit) {
    if (auto verdict = secure()) return verdict;
  }
  const auto banner = read_reply(settings_.timeouts.greeting);
  if (const auto* reply = std::get_if<Reply>(&banner); !reply || reply->code != 220) return judge(Stage::banner, banner);
  if (auto verdict = hello()) return verdict;
  if (settings_.tls == TlsMode::starttls) {
    if (!capabilities_.starttls) return verdict_of(Stage::starttls, Failure::starttls_missing);
    const auto answer = command("STARTTLS\r\n", settings_.timeouts.command);
    if (const auto* reply = std::get_if<Reply>(&answer); !reply || reply->code != 220) return judge(Stage::starttls, answer);
    // Anything that came with the answer was not protected and must not be taken for the server's words after the handshake.
    if (inbox_begin_ != inbox_end_ || !parser_.at_boundary())
      return verdict_of(Stage::starttls, Failure::protocol, "data after the STARTTLS reply");
    if (auto verdict = secure()) return verdict;
    if (auto verdict = hello()) return verdict;
  }
  return settings_.username.empty() ? std::nullopt : sign_in();
}

std::optional<Verdict> SmtpSession::hello() {
  const auto answer = command("EHLO " + settings_.helo_name + "\r\n", settings_.timeouts.command);
  const auto* reply = std::get_if<Reply>(&answer);
  if (reply && reply->code == 250) {
    capabilities_ = parse_capabilities(*reply);
    return {};
  }
  // RFC 5321 §3.2: a server that does not know EHLO; of no use where TLS or a sign-in is needed.
  const bool unknown_command = reply && (reply->code == 500 || reply->code == 502);
  if (!unknown_command || settings_.tls != TlsMode::none || !settings_.username.empty()) return judge(Stage::ehlo, answer);
  capabilities_ = {};
  const auto helo = command("HELO " + settings_.helo_name + "\r\n", settings_.timeouts.command);
  if (const auto* second = std::get_if<Reply>(&helo); second && second->code == 250) return {};
  return judge(Stage::ehlo, helo);
}

std::optional<Verdict> SmtpSession::secure() {
  if (auto trouble = stream_.start_tls(tls_, settings_.host, settings_.timeouts.tls)) return broken(Stage::tls, *trouble);
  return {};
}

std::optional<Verdict> SmtpSession::sign_in() {
  if (!stream_.is_secure() && !is_loopback_host(settings_.host)) return verdict_of(Stage::auth, Failure::not_loopback);
  switch (settings_.auth) {
    case AuthMechanism::xoauth2:
      if (capabilities_.auth_xoauth2) return sign_in_xoauth2();
      break;
    case AuthMechanism::login:
      if (capabilities_.auth_login) return sign_in_login();
      break;
    case AuthMechanism::plain:
      if (capabilities_.auth_plain) return sign_in_plain();
      break;
    case AuthMechanism::automatic:
      if (capabilities_.auth_plain) return sign_in_plain();
      if (capabilities_.auth_login) return sign_in_login();
      break;
  }
  return verdict_of(Stage::auth, Failure::auth_missing);
}

std::optional<Verdict> SmtpSession::sign_in_plain() {
  std::string words(1, '\0');
  words += settings_.username + '\0' + std::string(settings_.password.reveal());
  const auto answer = command("AUTH PLAIN " + to_base64(words) + "\r\n", settings_.timeouts.command);
  if (const auto* reply = std::get_if<Reply>(&answer); reply && reply->positive()) return {};
  return judge(Stage::auth, answer);
}

std::optional<Verdict> SmtpSession::sign_in_login() {
  const auto wants_more = [](const Answer& answer) {
    const auto* reply = std::get_if<Reply>(&answer);
    return reply && reply->code == 334;
  };
  auto answer = command("AUTH LOGIN\r\n", settings_.timeouts.command);
  if (!wants_more(answer)) return judge(Stage::auth, answer);
  answer = command(to_base64(settings_.username) + "\r\n", settings_.timeouts.command);
  if (!wants_more(answer)) return judge(Stage::auth, answer);
  answer = command(to_base64(settings_.password.reveal()) + "\r\n", settings_.timeouts.command);
  if (const auto* reply = std::get_if<Reply>(&answer); reply && reply->positive()) return {};
  return judge(Stage::auth, answer);
}

std::optional<Verdict> SmtpSession::sign_in_xoauth2() {
  const auto words = "user=" + settings_.username + "\x01" + "auth=Bearer " + std::string(settings_.password.reveal()) + "\x01\x01";
  auto answer = command("AUTH XOAUTH2 " + to_base64(words) + "\r\n", settings_.timeouts.command);
  const auto* reply = std::get_if<Reply>(&answer);
  if (reply && reply->positive()) return {};
  // A refused token comes as 334 with an explanation; an empty line asks for the real reply.
  if (reply && reply->code == 334) answer = command("\r\n", settings_.timeouts.command);
  return judge(Stage::auth, answer);
}

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

SmtpSession::Answer SmtpSession::command(std::string_view line, Millis timeout) {
  std::size_t handed_over = 0;
  if (auto trouble = stream_.write(line, timeout, handed_over)) return *trouble;
  return read_reply(timeout);
}

std::optional<SmtpStream::Trouble> SmtpSession::flush() {
  std::size_t handed_over = 0;
  return stream_.write(out_, settings_.timeouts.command, handed_over);
}

SmtpSession::Answer SmtpSession::read_reply(Millis timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    if (inbox_begin_ < inbox_end_) {
      inbox_begin_ += parser_.feed({inbox_.data() + inbox_begin_, inbox_end_ - inbox_begin_});
      if (parser_.fault() != ReplyFault::none) return SmtpStream::Trouble{Failure::protocol, std::string(to_string(parser_.fault()))};
      if (auto reply = parser_.next()) {
        ++replies_this_mail_;
        return std::move(*reply);
      }
      // A peer that drips bytes never lets a read time out.
      if (std::chrono::steady_clock::now() >= deadline) return SmtpStream::Trouble{Failure::timeout, "reply not finished"};
    }
    inbox_begin_ = 0;
    inbox_end_ = 0;
    if (auto trouble = stream_.read(inbox_, inbox_end_, deadline)) return *trouble;
  }
}

Verdict SmtpSession::judge(Stage stage, const Answer& answer) {
  if (const auto* trouble = std::get_if<SmtpStream::Trouble>(&answer)) return broken(stage, *trouble);
  const auto& reply = std::get<Reply>(answer);
  if (reply.code == 421) stream_.close();
  // A positive reply where it cannot be one: before the final dot only 354 or errors lead here.
  if (reply.code < 400 && stage != Stage::final_dot)
    return broken(stage, {Failure::protocol, "unexpected reply " + std::to_string(reply.code)});
  return verdict_of(stage, reply, settings_.overrides);
}

Verdict SmtpSession::broken(Stage stage, const SmtpStream::Trouble& trouble) {
  lost_while_idle_ = trouble.failure == Failure::closed && replies_this_mail_ == 0 && mails_ > 0 && stage < Stage::body;
  stream_.close();
  return verdict_of(stage, trouble.failure, trouble.detail);
}

bool SmtpSession::check_idle() {
  if (!is_open()) return false;
  if (inbox_begin_ == inbox_end_ && !stream_.readable()) return true;
  // Nothing was asked: what comes is a farewell (421), the end of the stream, or nothing but TLS housekeeping.
  const auto answer = read_reply(Millis{0});
  const auto* trouble = std::get_if<SmtpStream::Trouble>(&answer);
  if (trouble && trouble->failure == Failure::timeout && parser_.at_boundary()) return true;
  stream_.close();
  return false;
}

void SmtpSession::close() {
  if (!is_open()) return;
  if (!announced_ && parser_.fault() == ReplyFault::none && inbox_begin_ == inbox_end_) command("QUIT\r\n", settings_.timeouts.quit);
  announced_ = false;
  stream_.close();
}

}  // namespace messo::mail
