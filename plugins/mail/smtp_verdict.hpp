// What an SMTP dialogue means for one message: the closed outcome, its scope, a stable code, a public and a private text.
// Pure functions of the stage and the reply; the rows are in smtp_verdict.cpp.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "mail/smtp_reply.hpp"

namespace Poco {
class RegularExpression;
}

namespace messo::mail {

// Where in the dialogue something happened. Up to `data` nothing of the message has left; `body` is before the final dot can have
// been sent; from `final_dot` on the server may have the message.
enum class Stage : std::uint8_t { connect, tls, banner, ehlo, starttls, auth, mail, rcpt, data, body, final_dot, rset, quit };
std::string_view to_string(Stage stage);

enum class Outcome : std::uint8_t { sent, try_later, refused, unknown };
enum class Scope : std::uint8_t { message, destination, provider };

// What kind of answer a reply is; an administrator may override it per provider (see ReplyOverride).
enum class ReplyClass : std::uint8_t {
  accepted,      // sent
  throttle,      // slow down: try later with the provider paused, costs no attempt
  account,       // our account, certificate or host is refused: provider paused, costs no attempt
  policy,        // the sender's side is refused for this message (SPF, DKIM, DMARC, relaying, sender address): try later, costs an attempt
  address,       // the address does not exist any more: refused, scope destination
  mailbox_full,  // soft whatever the first digit says: try later in an hour
  too_big,       // refused, scope message
  temporary,     // try later
  permanent,     // refused, scope message
};
std::string_view to_string(ReplyClass klass);

struct Verdict {
  Outcome outcome = Outcome::try_later;
  Scope scope = Scope::message;
  ReplyClass klass = ReplyClass::temporary;
  Stage stage = Stage::connect;
  std::chrono::milliseconds retry_after{0};  // 0: the hub's policy decides
  bool costs_attempt = true;
  bool pauses_provider = false;  // no message can succeed before `retry_after`
  std::string code;              // stable: "smtp.550-5.1.1", "smtp.timeout.rcpt"
  std::string public_text;       // fixed sentences only; safe for clients
  std::string private_text;      // the server's words, shortened, mail addresses masked; for the log; empty when accepted

  bool sent() const { return outcome == Outcome::sent; }
};

// An administrator's exception: the first whose pattern is found in "550 5.7.0 text of the server" decides the class.
struct ReplyOverride {
  std::shared_ptr<const Poco::RegularExpression> pattern;
  ReplyClass klass;
};
// `pattern` as in the configuration: Perl's syntax (PCRE), ignoring case, at most 200 bytes. Searched in at most 512 bytes with a bounded
// number of steps: one that needs more, like "(a+)+$" in a long row of a, counts as not found. Class names as to_string(ReplyClass)
// except `accepted`.
Result<ReplyOverride> make_override(const std::string& pattern, std::string_view klass);

// The class of a reply at a stage, by the table, overrides first. Positive replies are `accepted`.
ReplyClass classify(Stage stage, const Reply& reply, const std::vector<ReplyOverride>& overrides = {});

// The verdict of a reply that ends a message's (or the connection's) dialogue.
Verdict verdict_of(Stage stage, const Reply& reply, const std::vector<ReplyOverride>& overrides = {});

// Failures that are no replies.
enum class Failure : std::uint8_t {
  connect_failed,       // no route, refused, name not found
  timeout,              // the stage's time passed
  closed,               // end of stream or reset
  protocol,             // a reply that is none (ReplyFault), or a code out of place
  tls_failed,           // handshake failed
  certificate_invalid,  // chain, name or date
  starttls_missing,     // required by configuration, not offered
  auth_missing,         // a user name is configured, no usable mechanism offered
  not_loopback,         // TLS is off and the host is not this machine
  smtputf8_missing,     // the address needs it, the server does not offer it
  eight_bit_missing,    // the message holds 8-bit bytes, the server takes 7-bit only
  too_big,              // larger than the server's SIZE: not even tried
  stopped,              // the plugin is being stopped
};
// `unknown` only for timeout, closed, protocol and stopped at Stage::final_dot: everything before is safe to repeat.
Verdict verdict_of(Stage stage, Failure failure, std::string_view detail = {});

// A server's text for the log: at most 300 bytes, one line, local parts of mail addresses replaced by "***".
std::string mask_addresses(std::string_view text);

}  // namespace messo::mail
