#include "smtp/bounce_mailbox.hpp"

#include "mailbox/receipt_mailbox.hpp"
#include "smtp/bounce_receipts.hpp"

namespace messo::smtp {

std::unique_ptr<mailbox::Poller> make_bounce_poller(const SmtpConfig& config, const plugin::Host& host, const Clock& clock) {
  if (!config.mailbox) return {};
  using mail_report::report_header_fields;
  return mailbox::make_poller(
      *config.mailbox,
      [&config, host](std::string_view eml) { return receipt_of(mail_report::read_report(eml), eml, config, host.now_ms()); },
      {{std::begin(report_header_fields), std::end(report_header_fields)}, mail_report::is_report_header}, host, clock);
}

}  // namespace messo::smtp
