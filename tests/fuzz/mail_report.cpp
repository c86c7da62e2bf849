// links: GMIME messo_mail_report PkgConfig::GMIME
// Any bytes as a bounce or a complaint: read or not, within bounds, with clean texts.
#include "mail_report/report.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "mail_report/mime_reading.hpp"

namespace {

using namespace messo::mail_report;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_text(const std::string& text) {
  require(text.size() <= 4096 * 3 && g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view eml(reinterpret_cast<const char*>(data), size);
  const auto dsn = read_dsn(eml);
  const auto report = read_report(eml);
  require(!to_string(report.kind).empty());
  for (const auto* text : {&report.envelope_id, &report.original_message_id, &report.own_message_id, &report.feedback_type})
    check_text(*text);
  require(report.addresses.size() <= 32);
  for (const auto& address : report.addresses) check_text(address);
  // Only a report changes anything, and its header alone said so.
  const bool changes = report.kind != Kind::auto_reply && report.kind != Kind::not_ours;
  require(!changes || is_report_header(eml));
  require(report.kind == Kind::complaint || report.recipients.empty() == !changes);
  if (!dsn) return 0;
  require(dsn->recipients.size() <= 100 && report.recipients.size() <= dsn->recipients.size());
  for (const auto* text : {&dsn->original.message_id, &dsn->original.reference, &dsn->original.return_path}) check_text(*text);
  for (const auto& recipient : dsn->recipients) {
    for (const auto* text : {&recipient.address, &recipient.original_address, &recipient.action, &recipient.status, &recipient.diagnostic})
      check_text(*text);
    require(!recipient.address.empty());
  }
  return 0;
}
