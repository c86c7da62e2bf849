// Our SMTP client session: one connection to one mail server (RFC 5321, PIPELINING RFC 2920).
#pragma once
#include <array>
#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mail/smtp_reply.hpp"
#include "mail/smtp_settings.hpp"
#include "mail/smtp_stream.hpp"
#include "mail/smtp_verdict.hpp"

namespace messo::mail {

// One envelope: one sender, one recipient. Views stay valid until the verdict on this mail has been returned.
struct OutgoingMail {
  std::string_view sender;  // return path without brackets; empty: "<>"
  std::string_view recipient;
  std::string_view bytes;        // the message, CRLF line ends, not dot-stuffed
  std::string_view envelope_id;  // DSN ENVID (RFC 3461 §4.4); empty: none
  bool smtputf8 = false;         // BuiltMail::smtputf8, or a non-ASCII envelope address
};

// Not thread-safe: one thread drives a session, blocking within the timeouts of its settings. Nothing throws but bad_alloc.
//
// The guarantee that matters: a verdict is `unknown` exactly when the final dot may have reached the server and no reply to it came.
// Every other failure verdict means the message is certainly not accepted and may be repeated.
class SmtpSession {
 public:
  // `settings` and `stop` outlive the session. `tls` may be null when settings.tls is none.
  SmtpSession(const SmtpSettings& settings, Poco::Net::Context::Ptr tls, const std::atomic<bool>& stop);
  ~SmtpSession();
  SmtpSession(const SmtpSession&) = delete;
  SmtpSession& operator=(const SmtpSession&) = delete;

  // Connects, greets, secures, signs in. nullopt when mail can be sent; otherwise why not, and the session is closed.
  std::optional<Verdict> open();
  bool is_open() const { return stream_.is_open(); }
  const Capabilities& capabilities() const { return capabilities_; }

  // Sends one mail on the open session and returns its verdict; the session is closed afterwards when the dialogue broke or the server said
  // 421. With PIPELINING the envelope goes out in one write and the body in another. `next`, when given, is the mail of the following
  // send() call: its envelope leaves in the same write as this body (RFC 2920 §3.1 allows it), which saves a round trip. The following
  // call must then be for that mail, or close(); a mail to somebody else is not sent (the body would reach a stranger) but given back.
  Verdict send(const OutgoingMail& mail, const OutgoingMail* next = nullptr);

  // True when the last send() failed because the connection was gone before any reply to it: the server had closed an idle
  // connection, and the mail may simply be sent on a new one.
  bool lost_while_idle() const { return lost_while_idle_; }
  // Looks, without waiting, whether the server has closed a connection that lay idle; closes it then. True when it is still good.
  bool check_idle();
  // Mails given a verdict on this connection.
  std::size_t mails() const { return mails_; }

  // Says QUIT, waits shortly for the answer, closes. Closes at once when a mail is announced or the dialogue is broken.
  void close();
  // Closes without a word.
  void abandon() { stream_.close(); }

 private:
  using Answer = std::variant<Reply, SmtpStream::Trouble>;

  std::optional<Verdict> greet();
  std::optional<Verdict> hello();
  std::optional<Verdict> secure();
  std::optional<Verdict> sign_in();
  std::optional<Verdict> sign_in_plain();
  std::optional<Verdict> sign_in_login();
  std::optional<Verdict> sign_in_xoauth2();

  std::optional<Verdict> local_verdict(const OutgoingMail& mail) const;
  void append_mail_command(const OutgoingMail& mail);
  void append_recipient_command(const OutgoingMail& mail);
  std::optional<Verdict> envelope(const OutgoingMail& mail);
  std::optional<Verdict> envelope_pipelined(const OutgoingMail& mail);
  std::optional<Verdict> envelope_stepwise(const OutgoingMail& mail);
  std::optional<Verdict> clear_transaction();
  Verdict body(const OutgoingMail& mail, const OutgoingMail* next);
  Verdict after_broken_body(const SmtpStream::Trouble& trouble, bool dot_may_be_out);

  Answer command(std::string_view line, Millis timeout);
  Answer read_reply(Millis timeout);
  std::optional<SmtpStream::Trouble> flush();
  Verdict judge(Stage stage, const Answer& answer);
  Verdict broken(Stage stage, const SmtpStream::Trouble& trouble);

  const SmtpSettings& settings_;
  Poco::Net::Context::Ptr tls_;
  SmtpStream stream_;
  ReplyParser parser_;
  Capabilities capabilities_;
  std::array<char, 8192> inbox_{};
  std::size_t inbox_begin_ = 0;
  std::size_t inbox_end_ = 0;
  std::string out_;
  std::size_t mails_ = 0;
  std::size_t replies_this_mail_ = 0;
  std::string announced_recipient_;
  bool announced_ = false;    // the envelope of the next mail is on the wire
  bool needs_reset_ = false;  // the last transaction was left open
  bool lost_while_idle_ = false;
};

}  // namespace messo::mail
