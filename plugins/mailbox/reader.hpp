// What a plugin tells the mailbox reader about messages: which ones are worth fetching, and what one means. Values and functions only.
#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "messo_channel.hpp"

namespace messo::mailbox {

// What one message means.
struct Reading {
  std::vector<plugin::Receipt> receipts;  // none: nothing of ours, the message counts as taken
  std::string code, problem;              // not empty: it could not be read; stable code, a sentence without content or addresses
};

// Reads one message, byte for byte as the server has it. Called on the polling thread, one message at a time; a throw counts as "could not
// be read" with the code "mailbox.unreadable".
using Reader = std::function<Reading(std::string_view eml)>;

// The decision by headers, before a body is fetched.
struct HeaderRule {
  std::vector<std::string> fields;  // asked of IMAP servers: {"X-Ricevuta", "X-Trasporto", ...}
  std::function<bool(std::string_view header)>
      is_wanted;  // the header block, CRLF lines, folded as it came; of POP3 all of it. Empty: all are
};

using LogLine = std::function<void(messo_log_level level, std::string_view id, std::string_view text)>;

}  // namespace messo::mailbox
