// How to reach one mail server. Plain values; made once per provider and shared, read-only, by its connections.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "mail/smtp_verdict.hpp"

namespace messo::mail {

enum class TlsMode : std::uint8_t {
  none,      // only towards this machine (127.0.0.0/8, ::1)
  starttls,  // RFC 3207, required: a server that does not offer it gets nothing
  implicit,  // RFC 8314 §3.3
};
enum class AuthMechanism : std::uint8_t { automatic, plain, login, xoauth2 };

// The longest silence at each stage (RFC 5321 §4.5.3.2 asks for more; a hub must not wait so long for a dead relay).
struct SmtpTimeouts {
  std::chrono::milliseconds connect{30'000};
  std::chrono::milliseconds tls{30'000};
  std::chrono::milliseconds greeting{60'000};
  std::chrono::milliseconds command{120'000};  // EHLO, AUTH, MAIL, RCPT, DATA
  std::chrono::milliseconds block{180'000};    // no byte of the body accepted
  std::chrono::milliseconds final_dot{600'000};
  std::chrono::milliseconds quit{500};
};

struct SmtpSettings {
  std::string host;
  std::uint16_t port = 25;
  TlsMode tls = TlsMode::starttls;
  std::string ca_file;   // PEM; empty: the system's authorities
  std::string username;  // empty: no authentication
  Secret password;       // or the OAuth 2.0 access token
  AuthMechanism auth = AuthMechanism::automatic;
  std::string helo_name = "localhost";
  bool dsn = false;
  std::uint64_t max_message_bytes = 0;  // 0: only the server's own limit
  SmtpTimeouts timeouts;
  std::vector<ReplyOverride> overrides;
};

}  // namespace messo::mail
