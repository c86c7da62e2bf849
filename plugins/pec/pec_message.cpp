#include "pec/pec_message.hpp"

#include <fmt/format.h>

#include "mail/border_mail.hpp"
#include "pec/pec_references.hpp"
#include "pec_receipt/receipt.hpp"

namespace messo::pec {
namespace {

// A provider's limit is size times recipients, and each message has one (RFC 6109 §3.1.1).
constexpr std::uint64_t kRecipients = 1;
constexpr std::int64_t kNotKeptPause = 30'000;  // ms: the disk is asked again

plugin::Outcome too_big(std::uint64_t limit) {
  return plugin::refused("pec.too_big", fmt::format("The message is larger than the {} bytes the PEC provider accepts.", limit));
}

// Before attachments are read into memory: base64 makes four bytes of three.
bool cannot_fit(const plugin::Message& message, std::uint64_t limit) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < message.attachment_count(); ++i) {
    const auto size = message.attachment(i).size;
    if (size > limit) return true;
    bytes += size / 3 * 4;
  }
  return bytes * kRecipients > limit;
}

std::optional<plugin::Outcome> refused_attachment(const mail::MailContent& content, const PecConfig& config) {
  for (const auto& file : content.attachments) {
    if (const auto reason = reason_to_refuse(file.name, file.bytes, config.refused))
      return plugin::refused("pec.refused_attachment", "An attachment is " + *reason + ", which PEC providers refuse.");
  }
  return {};
}

}  // namespace

tl::expected<mail::MailJob, plugin::Outcome> make_job(const plugin::Message& message, const PecConfig& config, const plugin::Host& host) {
  const auto no = [](plugin::Outcome outcome) { return tl::unexpected<plugin::Outcome>(std::move(outcome)); };
  const auto limit = config.settings.max_message_bytes;
  if (cannot_fit(message, limit)) return no(too_big(limit));
  auto content = mail::content_of(message, config.from, host, "pec");
  if (!content) return no(std::move(content.error()));
  if (!same_address(content->from.address.to_string(), config.from.address.to_string())) {
    return no(plugin::refused("pec.wrong_sender", "The message is to come from another address than the PEC mailbox that sends it.")
                  .log_text("set the service's sender of channel pec to the provider's `from`, or use a pool of its own for that mailbox"));
  }
  if (content->from.name.empty()) content->from.name = config.from.name;
  content->from.address = config.from.address;
  if (auto refused = refused_attachment(*content, config)) return no(std::move(*refused));
  content->headers.emplace_back("X-TipoRicevuta", config.receipt_kind);
  auto built = mail::build_or_refuse(*content, "pec");
  if (!built) return no(std::move(built.error()));
  if (built->bytes.size() * kRecipients > limit) return no(too_big(limit));

  mail::MailJob job;
  job.attempt = message.attempt();
  job.mail = std::move(*built);
  job.sender = config.from.address.to_string();
  job.recipient = content->to.address.to_string();
  job.smtputf8 = job.mail.smtputf8;
  content->attachments.clear();  // as large as the message, which is still to be copied to the disk and to the socket
  const std::string_view id = job.mail.message_id;
  job.references.push_back({std::string(kMessageIdReference), std::string(id.substr(1, id.size() - 2)), 0});
  if (!host.keep_as_sent(job.attempt, job.mail.bytes, job.references)) {
    return no(plugin::given_back("pec.not_kept", "The message could not be kept as it is sent; it will be tried again.")
                  .retry_after(kNotKeptPause));
  }
  return job;
}

}  // namespace messo::pec
