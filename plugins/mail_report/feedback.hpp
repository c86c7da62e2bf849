// Feedback reports (multipart/report with report-type feedback-report): a mailbox provider tells that somebody complained about a message
// (ARF, RFC 5965).
#pragma once
#include <string>
#include <string_view>

#include "mail_report/returned_message.hpp"

namespace messo::mail_report {

// Texts as clean_text() of mime_reading.hpp.
struct Feedback {
  std::string type;                // Feedback-Type, lower case: abuse, fraud, virus, other, not-spam, auth-failure, ...
  std::string original_mail_from;  // the return path the message came with
  std::string recipient;           // Original-Rcpt-To; often withheld
  ReturnedMessage original;

  // Whether a person does not want such messages; not-spam says the contrary, auth-failure (RFC 6591) is a server's word on signatures.
  bool is_complaint() const;
};

}  // namespace messo::mail_report
