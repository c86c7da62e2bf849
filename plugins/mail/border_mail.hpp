// From the plugin border's message to the content of a mail: the same for every plugin that speaks mail.
#pragma once
#include <optional>
#include <string_view>
#include <tl/expected.hpp>

#include "mail/mime_builder.hpp"
#include "messo_channel.hpp"

namespace messo::mail {

// The mail of a message, or the outcome that says why it cannot be one, with codes "<plugin>.bad_address" (refused, scope destination),
// "<plugin>.bad_message" (refused) or "<plugin>.attachment_unreadable" (try later). Reads attachments through the host: may block on the
// disk. An attachment whose name the HTML shows as src="cid:NAME" becomes an inline image. `default_from`: for messages without a sender.
tl::expected<MailContent, plugin::Outcome> content_of(const plugin::Message& message, const std::optional<Mailbox>& default_from,
                                                      const plugin::Host& host, std::string_view plugin_name);

// build_mail() with its failure as "<plugin>.bad_message".
tl::expected<BuiltMail, plugin::Outcome> build_or_refuse(const MailContent& content, std::string_view plugin_name);

}  // namespace messo::mail
