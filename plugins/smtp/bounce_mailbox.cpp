#include "smtp/bounce_mailbox.hpp"

#include "smtp/bounce_receipts.hpp"

namespace messo::smtp {

std::unique_ptr<mailbox::Poller> make_bounce_poller(const SmtpConfig& config, const plugin::Host& host, const Clock& clock) {
  if (!config.mailbox) return {};
  mailbox::Poller::Parts parts;
  parts.reader = [&config, host](std::string_view eml) {
    mailbox::Reading out;
    if (auto receipt = receipt_of(mail_report::read_report(eml), eml, config, host.now_ms())) out.receipts.push_back(std::move(*receipt));
    return out;
  };
  parts.headers.fields.assign(std::begin(mail_report::report_header_fields), std::end(mail_report::report_header_fields));
  parts.headers.is_wanted = mail_report::is_report_header;
  parts.log = [host](messo_log_level level, std::string_view id, std::string_view text) { host.log(level, id, text); };
  auto poller = mailbox::Poller::make(*config.mailbox, std::move(parts), clock);
  if (!poller) throw plugin::ConfigError(poller.error().message);
  return std::move(*poller);
}

}  // namespace messo::smtp
