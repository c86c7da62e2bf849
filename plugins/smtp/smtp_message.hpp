// From the border's message to the bytes and envelope of a mail.
#pragma once
#include "mail/smtp_job.hpp"
#include "messo_channel.hpp"
#include "smtp/smtp_config.hpp"

namespace messo::smtp {

// The job of a message, or the outcome when it cannot be a mail (mail::content_of).
tl::expected<mail::MailJob, plugin::Outcome> make_job(const plugin::Message& message, const SmtpConfig& config, const plugin::Host& host);

}  // namespace messo::smtp
