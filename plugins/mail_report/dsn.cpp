#include "mail_report/dsn.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "mail_report/mime_reading.hpp"
#include "mail_report/report_parts.hpp"

namespace messo::mail_report {
namespace {

constexpr std::size_t kMaxStatusBytes = 256 * 1024;
constexpr std::size_t kMaxDsnRecipients = 100;

// "rfc822; a@b.example" (RFC 3464 §2.3.1): what follows the type.
std::string untyped(const std::string& value) {
  const auto mark = value.find(';');
  return mark == std::string::npos ? value : clean_text(std::string_view(value).substr(mark + 1));
}

std::string first_word(const std::string& value) { return value.substr(0, value.find_first_of(" \t(")); }

DsnRecipient recipient_of(GMimeObject* block) {
  DsnRecipient out;
  out.original_address = untyped(header_value(block, "Original-Recipient"));
  out.address = untyped(header_value(block, "Final-Recipient"));
  if (out.address.empty()) out.address = out.original_address;
  out.action = lower_case(first_word(header_value(block, "Action")));
  out.status = first_word(header_value(block, "Status"));
  out.diagnostic = header_value(block, "Diagnostic-Code");
  return out;
}

// Blocks of header fields, a blank line between them: about the message, then about each recipient (RFC 3464 §2.1).
void read_status(std::string_view text, Dsn& out) {
  bool about_message = true;
  while (out.recipients.size() < kMaxDsnRecipients) {
    const auto start = text.find_first_not_of("\r\n");
    if (start == std::string_view::npos) return;
    text.remove_prefix(start);
    const auto header = header_of(text);
    const MimeTree block(header);
    if (!block.message()) return;
    auto* fields = GMIME_OBJECT(block.message());
    auto recipient = recipient_of(fields);
    if (about_message) out.envelope_id = header_value(fields, "Original-Envelope-Id");
    // Some leave the message's own block out.
    if (!recipient.address.empty()) out.recipients.push_back(std::move(recipient));
    about_message = false;
    text.remove_prefix(header.size());
  }
}

}  // namespace

std::optional<Dsn> read_dsn(GMimeObject* part) {
  if (!is_report(part, "delivery-status")) return std::nullopt;
  Dsn out;
  visit_top_level(part, [&out](GMimeObject* leaf) {
    const auto type = media_type(leaf);
    if (type == "message/delivery-status" || type == "message/global-delivery-status") {
      if (out.recipients.empty()) read_status(decoded_content(leaf, kMaxStatusBytes), out);
    } else if (out.original.message_id.empty()) {
      read_returned_message(leaf, out.original);
    }
    return true;
  });
  return out;
}

std::optional<Dsn> read_dsn(std::string_view eml) {
  if (eml.size() > kMaxReadMessage || !within_mime_bounds(eml)) return std::nullopt;
  const MimeTree tree(eml);
  return read_dsn(tree.root());
}

}  // namespace messo::mail_report
