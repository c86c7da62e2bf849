#include "mail/smtp_session.hpp"

#include <utility>

namespace messo::mail {

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
