#include "smtp/smtp_message.hpp"

#include "mail/border_mail.hpp"
#include "mail/verp.hpp"

namespace messo::smtp {
namespace {

std::string return_path(const Uuid& delivery, const mail::Mailbox& from, const SmtpConfig& config) {
  if (!config.verp_domain.empty()) return mail::verp_address(delivery, config.verp_domain, config.verp_key.reveal());
  return config.return_path.empty() ? from.address.to_string() : config.return_path;
}

}  // namespace

tl::expected<mail::MailJob, plugin::Outcome> make_job(const plugin::Message& message, const SmtpConfig& config, const plugin::Host& host) {
  const auto content = mail::content_of(message, config.from, host, "smtp");
  if (!content) return tl::unexpected<plugin::Outcome>(content.error());
  auto built = mail::build_or_refuse(*content, "smtp");
  if (!built) return tl::unexpected<plugin::Outcome>(std::move(built.error()));
  mail::MailJob job;
  job.attempt = message.attempt();
  job.mail = std::move(*built);
  job.sender = return_path(content->delivery, content->from, config);
  job.recipient = content->to.address.to_string();
  if (config.settings.dsn) job.envelope_id = content->delivery.to_string();
  job.smtputf8 = job.mail.smtputf8;
  job.references.push_back({std::string(kDeliveryReference), content->delivery.to_string(), 0});
  return job;
}

}  // namespace messo::smtp
