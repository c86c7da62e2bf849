// What one message of a mailbox that bounces come to says about a message we sent. Pure; every byte is hostile: nothing here proves who
// wrote it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mail_report/dsn.hpp"

namespace messo::mail_report {

enum class Kind : std::uint8_t {
  failed,      // a server gave it up
  delayed,     // a server has it and goes on trying
  relayed,     // handed to a system that tells nothing more, or expanded to several addresses (RFC 3464 §2.3.3)
  delivered,   // put into the mailbox, says its server
  complaint,   // its recipient does not want such messages (RFC 5965)
  auto_reply,  // out-of-office answers, read confirmations, lists (RFC 3834, RFC 8098)
  not_ours,    // anything else, also a report that says nothing that can be used
};
std::string_view to_string(Kind kind);

struct Report {
  Kind kind = Kind::not_ours;
  // Of a delivery status notification: the recipients for whom it says `kind`, in its order. With several, the gravest decides what kind
  // it is: failed, delayed, relayed, delivered.
  std::vector<DsnRecipient> recipients;
  std::string feedback_type;           // of a complaint
  std::string envelope_id;             // Original-Envelope-Id
  std::string original_message_id;     // no brackets; empty: nothing was returned
  std::vector<std::string> addresses;  // where a return path of ours may show: whom the report was sent to, then what it says of the
                                       // message's own return path; at most 32
  std::string own_message_id;          // the report's own, no brackets
  std::int64_t at_ms = 0;              // its Date, Unix time; 0: none that can be read
};

// Reads a whole message (CRLF or LF). A report over 40 MiB or over the bounds of MIME reading is not_ours. Memory beside `eml`: what GMime
// keeps of its structure. Thread-safe.
Report read_report(std::string_view eml);

// From the header, or its field Content-Type alone: whether the message may be a delivery status notification or a feedback report.
bool is_report_header(std::string_view header);
inline constexpr std::string_view report_header_fields[] = {"Content-Type"};

}  // namespace messo::mail_report
