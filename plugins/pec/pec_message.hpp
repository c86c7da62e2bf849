// From the border's message to the bytes and envelope of a certified mail.
#pragma once
#include "mail/smtp_job.hpp"
#include "messo_channel.hpp"
#include "pec/pec_config.hpp"

namespace messo::pec {

// The job of a message, kept durably as it will be sent; or its outcome when it cannot be sent by PEC: "pec.bad_address",
// "pec.bad_message", "pec.wrong_sender", "pec.too_big", "pec.refused_attachment" (all refused), "pec.attachment_unreadable", "pec.not_kept"
// (try later). Reads attachments, blocks on the disk.
tl::expected<mail::MailJob, plugin::Outcome> make_job(const plugin::Message& message, const PecConfig& config, const plugin::Host& host);

}  // namespace messo::pec
