// How to reach one mailbox and what to do with what was taken from it. Plain values, made once, read-only.
#pragma once
#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "mail/smtp_settings.hpp"

namespace messo::mailbox {

enum class Protocol : std::uint8_t { imap, pop3 };

// What becomes of a message once its receipts are durable.
enum class After : std::uint8_t {
  keep,    // nothing: the mailbox is only ever read
  seen,    // marked as read (IMAP)
  move,    // moved to `move_to` (IMAP)
  remove,  // deleted
};

// The longest silence at each stage; every poll is bounded by its own time beside them.
struct Timeouts {
  std::chrono::milliseconds connect{30'000};
  std::chrono::milliseconds tls{30'000};
  std::chrono::milliseconds answer{60'000};
};

struct Settings {
  Protocol protocol = Protocol::imap;
  std::string host;
  std::uint16_t port = 993;
  mail::TlsMode tls = mail::TlsMode::implicit;
  std::string ca_file;  // PEM; empty: the system's authorities
  std::string username;
  Secret password;
  std::string folder = "INBOX";  // IMAP, in UTF-8
  After after = After::keep;
  std::string move_to;             // IMAP, in UTF-8
  std::chrono::seconds every{60};  // between two polls where IDLE is not used
  bool idle = true;                // wait in IDLE (RFC 2177) where the server offers it
  std::uint64_t max_message_bytes = 30U << 20;
  std::chrono::seconds account_pause{900};  // after a refused sign-in; doubled each time, up to sixteen times this
  Timeouts timeouts;

  // Stable and unique within a provider: "user/folder" of IMAP, "user" of POP3. The hub keeps cursor and seen items under it.
  std::string name() const;
};

// `tree` was validated against the plugin's schema, whose property `key` has the keys of this folder's schema.json with texts and bounds of
// its own; here come the rules a schema cannot say.
// Error: invalid, a sentence naming the field ("mailbox.host") and the remedy.
Result<Settings> read_settings(const nlohmann::json& tree, const std::string& key = "mailbox");

}  // namespace messo::mailbox
