#include "mail_report/returned_message.hpp"

#include "mail_report/mime_reading.hpp"
#include "mail_report/report_parts.hpp"

namespace messo::mail_report {
namespace {

constexpr std::size_t kMaxReturnedHeader = 256 * 1024;

void read_fields(GMimeObject* fields, ReturnedMessage& out) {
  out.message_id = bare_message_id(header_value(fields, "Message-ID"));
  out.reference = bare_message_id(header_value(fields, "X-Riferimento-Message-ID"));
  out.return_path = header_value(fields, "Return-Path");
}

}  // namespace

bool read_returned_message(GMimeObject* leaf, ReturnedMessage& out) {
  if (GMIME_IS_MESSAGE_PART(leaf)) {
    if (auto* returned = g_mime_message_part_get_message(GMIME_MESSAGE_PART(leaf))) read_fields(GMIME_OBJECT(returned), out);
    return true;
  }
  const auto type = media_type(leaf);
  // Whole messages too, where GMime leaves them as they are: an encoded message/global (RFC 6532 §3.7).
  if (type != "text/rfc822-headers" && type != "message/global-headers" && type != "message/global" && type != "message/rfc822")
    return false;
  const auto text = decoded_content(leaf, kMaxReturnedHeader);
  const MimeTree returned(header_of(text));
  if (returned.message()) read_fields(GMIME_OBJECT(returned.message()), out);
  return true;
}

}  // namespace messo::mail_report
