#include "pec_receipt/dsn.hpp"

#include <algorithm>

#include "pec_receipt/dsn_part.hpp"
#include "pec_receipt/mime_reading.hpp"
#include "pec_receipt/receipt.hpp"

namespace messo::pec {
namespace {

constexpr std::size_t kMaxStatusBytes = 256 * 1024;
constexpr std::size_t kMaxReturnedHeader = 256 * 1024;
constexpr std::size_t kMaxDsnRecipients = 100;

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return g_ascii_tolower(c); });
  return text;
}

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

void read_returned(GMimeObject* fields, Dsn& out) {
  out.original_message_id = bare_message_id(header_value(fields, "Message-ID"));
  out.original_reference = bare_message_id(header_value(fields, "X-Riferimento-Message-ID"));
}

bool is_delivery_report(GMimeObject* part) {
  if (!GMIME_IS_MULTIPART(part) || media_type(part) != "multipart/report") return false;
  const char* type = g_mime_object_get_content_type_parameter(part, "report-type");
  return type && g_ascii_strcasecmp(type, "delivery-status") == 0;
}

}  // namespace

std::optional<Dsn> read_dsn(GMimeObject* part) {
  if (!part || !is_delivery_report(part)) return std::nullopt;
  Dsn out;
  visit_top_level(part, [&out](GMimeObject* leaf) {
    const auto type = media_type(leaf);
    if (type == "message/delivery-status" || type == "message/global-delivery-status") {
      if (out.recipients.empty()) read_status(decoded_content(leaf, kMaxStatusBytes), out);
    } else if (GMIME_IS_MESSAGE_PART(leaf)) {
      if (auto* returned = g_mime_message_part_get_message(GMIME_MESSAGE_PART(leaf))) read_returned(GMIME_OBJECT(returned), out);
    } else if (type == "text/rfc822-headers" || type == "message/global-headers") {
      const auto text = decoded_content(leaf, kMaxReturnedHeader);
      const MimeTree returned(header_of(text));
      if (returned.message()) read_returned(GMIME_OBJECT(returned.message()), out);
    }
    return true;
  });
  return out;
}

std::optional<Dsn> read_dsn(std::string_view eml) {
  if (eml.size() > kMaxPecMessage || !within_mime_bounds(eml)) return std::nullopt;
  const MimeTree tree(eml);
  return read_dsn(tree.root());
}

}  // namespace messo::pec
