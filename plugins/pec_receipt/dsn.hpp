// Delivery status notifications: what ordinary mail servers say about a message (RFC 3464, RFC 6533 where addresses are international).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace messo::pec {

// One recipient's block. Texts as in PecMessage.
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
  std::string original_message_id;       // Message-ID of the returned message or header, no brackets; empty when nothing was returned
  std::string original_reference;        // its X-Riferimento-Message-ID: the sender's own Message-ID, where a PEC provider put another
};

// Reads a multipart/report with report-type delivery-status. nullopt: it is none. Bounds and threads as read_message.
std::optional<Dsn> read_dsn(std::string_view eml);

}  // namespace messo::pec
