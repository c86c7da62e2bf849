// From the border's message to the bytes and envelope of a mail.
#pragma once
#include <string_view>

#include "mail/smtp_job.hpp"
#include "messo_channel.hpp"
#include "smtp/smtp_config.hpp"

namespace messo::smtp {

// How bounces name a message: by the delivery's id in canonical text. It is the left half of our Message-ID, the envelope id (RFC 3461
// §5.4) and signed in the return path, so that each of them alone is enough.
inline constexpr std::string_view kDeliveryReference = "delivery";

// The job of a message, or the outcome when it cannot be a mail (mail::content_of).
tl::expected<mail::MailJob, plugin::Outcome> make_job(const plugin::Message& message, const SmtpConfig& config, const plugin::Host& host);

}  // namespace messo::smtp
