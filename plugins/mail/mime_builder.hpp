// Builds the bytes of a mail message (RFC 5322, RFC 2045-2049, RFC 2183). Pure and reproducible: the same content gives the same bytes.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "mail/mail_address.hpp"

namespace messo::mail {

struct MailAttachment {
  std::string name;          // file name without path; UTF-8
  std::string content_type;  // "application/pdf"; empty: application/octet-stream
  std::string bytes;
  std::string content_id;  // not empty: an image shown inside the HTML as "cid:<content_id>"
};

struct MailContent {
  Uuid delivery;  // Message-ID and boundaries derive from it
  Instant date;   // the Date field: when the delivery was made, not when this attempt was
  Mailbox from;
  Mailbox to;
  std::optional<Mailbox> reply_to;
  std::string subject;
  std::string text;      // plain text part, or empty
  std::string html;      // HTML part, or empty
  std::string language;  // BCP 47; empty: no Content-Language
  std::vector<MailAttachment> attachments;
  bool automatic = true;                                     // Auto-Submitted: auto-generated (RFC 3834)
  std::vector<std::pair<std::string, std::string>> headers;  // further fields, ASCII, short: {"X-TipoRicevuta", "breve"}
};

struct BuiltMail {
  std::string bytes;       // CRLF line ends throughout, lines of at most 998 characters, not dot-stuffed
  std::string message_id;  // with angle brackets
  bool smtputf8 = false;   // a header holds a non-ASCII local part (RFC 6532): needs SMTPUTF8 and 8BITMIME of the server
};

// Tree: mixed{ related{ alternative{ text, html }, inline images }, attachments }, levels with one child omitted. Text as
// quoted-printable, or base64 when more than a third is not ASCII; attachments as base64, except message/rfc822 that is clean 7-bit.
// Errors (kind invalid): "header_injection" for a control character in any header value, "not_utf8", "empty_message" when neither
// text nor HTML is there, "bad_content_type".
Result<BuiltMail> build_mail(const MailContent& content);

// "<delivery@domain>", the same for every attempt of a delivery.
std::string message_id_of(const Uuid& delivery, std::string_view domain);
// RFC 5322 §3.3, UTC: "Sun, 22 Nov 2026 03:54:44 +0000".
std::string mail_date(Instant date);

}  // namespace messo::mail
