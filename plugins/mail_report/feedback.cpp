#include "mail_report/feedback.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "mail_report/mime_reading.hpp"
#include "mail_report/report_parts.hpp"

namespace messo::mail_report {
namespace {

constexpr std::size_t kMaxFeedbackFields = 64 * 1024;
// RFC 5965 §7.3 and its registry.
constexpr std::array<std::string_view, 6> kComplaints{"abuse", "fraud", "virus", "other", "opt-out", "miscategorized"};

void read_fields_of_feedback(std::string_view text, Feedback& out) {
  const MimeTree block(header_of(text));
  if (!block.message()) return;
  auto* fields = GMIME_OBJECT(block.message());
  out.type = lower_case(header_value(fields, "Feedback-Type"));
  out.original_mail_from = header_value(fields, "Original-Mail-From");
  out.recipient = header_value(fields, "Original-Rcpt-To");
}

}  // namespace

bool Feedback::is_complaint() const { return std::ranges::find(kComplaints, type) != kComplaints.end(); }

std::optional<Feedback> read_feedback(GMimeObject* part) {
  if (!is_report(part, "feedback-report")) return std::nullopt;
  Feedback out;
  visit_top_level(part, [&out](GMimeObject* leaf) {
    if (media_type(leaf) == "message/feedback-report") {
      if (out.type.empty()) read_fields_of_feedback(decoded_content(leaf, kMaxFeedbackFields), out);
    } else if (out.original.message_id.empty()) {
      read_returned_message(leaf, out.original);
    }
    return true;
  });
  return out;
}

}  // namespace messo::mail_report
