// A connection to a mail server under libetpan: our own stream (TLS verified as everywhere else), where every wait has an end and no answer
// grows without bound.
#pragma once
#include <libetpan/mailstream.h>

#include <atomic>
#include <memory>
#include <optional>

#include "base/time.hpp"
#include "mail/smtp_stream.hpp"
#include "mailbox/imap_guard.hpp"
#include "mailbox/settings.hpp"
#include "mailbox/trouble.hpp"

namespace messo::mailbox {

// One thread at a time.
class MailLine {
 public:
  // `settings` and `stop` must outlive it.
  MailLine(const Settings& settings, const std::atomic<bool>& stop);
  MailLine(const MailLine&) = delete;
  MailLine& operator=(const MailLine&) = delete;

  Outcome<void> connect(const Poco::Net::Context::Ptr& tls, Steady deadline);
  // After STARTTLS or STLS. What came before the handshake is not listened to (RFC 9051 §11.1): an answer that brings more is refused.
  Outcome<void> start_tls(const Poco::Net::Context::Ptr& tls, Steady deadline);

  static Trouble spoken_into();
  // The server has said more than was read so far.
  bool unread() const { return !early_.empty() || (etpan_ != nullptr && etpan_->read_buffer_len > 0); }

  // What libetpan reads and writes; to be handed to exactly one session of it, which frees it.
  mailstream* take_stream();

  // Of the commands that follow: they end by `deadline`, none waits longer than Settings::timeouts.answer for a byte, and together they
  // are answered with at most `most_bytes`.
  void begin(Steady deadline, std::uint64_t most_bytes);
  ImapGuard* guard() { return guard_ ? &*guard_ : nullptr; }
  // Waits for what the server says by itself. False: nothing came until then.
  Outcome<bool> wait(Steady until);
  // Whatever is read or written from now on fails at once.
  void give_up() { given_up_ = true; }
  bool usable() const { return !given_up_ && !broken_; }
  // What ended the connection, if it has ended.
  const std::optional<Trouble>& broken() const { return broken_; }

 private:
  ssize_t read(char* into, std::size_t count);
  ssize_t write(const char* bytes, std::size_t count);
  Outcome<void> check(std::string_view received);
  Trouble told(const mail::SmtpStream::Trouble& from) const;

  static MailLine& of(mailstream_low* low) { return *static_cast<MailLine*>(low->data); }
  static mailstream_low_driver* driver();

  const Settings& settings_;
  mail::SmtpStream stream_;
  std::optional<ImapGuard> guard_;
  mailstream* etpan_ = nullptr;  // libetpan's own
  std::string early_;            // came while we waited, not yet read
  Steady deadline_{};
  std::uint64_t bytes_left_ = 0;
  std::optional<Trouble> broken_;
  bool given_up_ = false;
};

}  // namespace messo::mailbox
