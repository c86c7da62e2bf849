// Delivery status notifications: what ordinary mail servers say about a message (RFC 3464, RFC 6533 where addresses are international).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail_report/returned_message.hpp"

namespace messo::mail_report {

// One recipient's block. Texts as clean_text() of mime_reading.hpp.
struct DsnRecipient {
  std::string address;           // Final-Recipient, without its type; Original-Recipient when only that is there
  std::string original_address;  // Original-Recipient
  std::string action;            // failed, delayed, delivered, relayed, expanded: lower case
  std::string status;            // "5.1.1"
  std::string diagnostic;        // Diagnostic-Code: "smtp; 550 no such user"
};

struct Dsn {
  std::string envelope_id;               // Original-Envelope-Id: our ENVID, if one was given
  std::vector<DsnRecipient> recipients;  // at most 100
  ReturnedMessage original;
};

// Reads a multipart/report with report-type delivery-status. nullopt: it is none, or over 40 MiB, or over the bounds of MIME reading
// (within_mime_bounds). Thread-safe.
std::optional<Dsn> read_dsn(std::string_view eml);

}  // namespace messo::mail_report
