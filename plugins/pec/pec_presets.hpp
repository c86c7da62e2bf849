// What is known of the certified mail providers: hosts, bounds, and replies that mean something else than they say. Sources: their public
// guides; README.md has the table. Every value can be overridden by the provider's configuration.
#pragma once
#include <cstdint>
#include <string_view>

namespace messo::pec {

struct Preset {
  std::string_view name;
  std::string_view smtp_host;
  std::uint16_t smtp_port;
  std::string_view imap_host, pop3_host;  // pop3_host empty: not published
  std::uint64_t max_message_bytes;        // of a whole message, encoded
  std::string_view slow_down;             // pattern (mail::make_override) of 5xx replies that ask to slow down; empty: none known
};

// The provider of that name; the defaults of any other provider for every other name. Never null, of static life.
const Preset& preset(std::string_view name);

}  // namespace messo::pec
