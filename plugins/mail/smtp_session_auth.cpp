// Signing in: RFC 4954, RFC 4616 (PLAIN), LOGIN and XOAUTH2 as the large providers document them.
#include "base/hash.hpp"
#include "mail/smtp_session.hpp"

namespace messo::mail {

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

}  // namespace messo::mail
