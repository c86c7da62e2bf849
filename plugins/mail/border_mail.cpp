#include "mail/border_mail.hpp"

#include <cstring>

namespace messo::mail {
namespace {

std::string coded(std::string_view plugin_name, std::string_view what) { return std::string(plugin_name) + '.' + std::string(what); }

tl::unexpected<plugin::Outcome> bad_message(const Error& error, std::string_view plugin_name) {
  return tl::unexpected<plugin::Outcome>(
      plugin::refused(coded(plugin_name, "bad_message"), error.message).log_text("build: " + error.code));
}

Result<Mailbox> sender_of(const plugin::Message& message, const std::optional<Mailbox>& default_from) {
  auto box = message.from().empty() && default_from ? Result<Mailbox>(*default_from) : parse_mailbox(message.from());
  if (message.from().empty() && !default_from)
    return fail(ErrorKind::invalid, "no_sender", "The message brings no sender and the provider has no default: set `from`.");
  if (box && !message.from_name().empty()) box->name = message.from_name();
  return box;
}

// False when an attachment cannot be read.
bool read_attachments(const plugin::Message& message, const plugin::Host& host, MailContent& content) {
  for (std::size_t i = 0; i < message.attachment_count(); ++i) {
    const auto attachment = message.attachment(i);
    auto bytes = host.read_attachment(message.attempt(), attachment);
    if (!bytes) return false;
    MailAttachment file{std::string(attachment.name), std::string(attachment.content_type), std::move(*bytes), {}};
    const bool can_be_id = !file.name.empty() && is_ascii(file.name) && file.name.find_first_of(" <>\"") == std::string::npos;
    if (can_be_id && content.html.find("\"cid:" + file.name + '"') != std::string::npos) file.content_id = file.name;
    content.attachments.push_back(std::move(file));
  }
  return true;
}

}  // namespace

tl::expected<MailContent, plugin::Outcome> content_of(const plugin::Message& message, const std::optional<Mailbox>& default_from,
                                                      const plugin::Host& host, std::string_view plugin_name) {
  const auto to = parse_address(message.to());
  if (!to) {
    return tl::unexpected<plugin::Outcome>(
        plugin::refused(coded(plugin_name, "bad_address"), "The mail address is not valid.").about(MESSO_SCOPE_DESTINATION));
  }
  auto from = sender_of(message, default_from);
  if (!from) return bad_message(from.error(), plugin_name);
  MailContent content;
  std::memcpy(content.delivery.bytes.data(), message.delivery().bytes, content.delivery.bytes.size());
  content.date = from_unix_ms(message.created_ms());
  content.from = std::move(*from);
  content.to = {std::string(message.to_name()), *to};
  if (!message.reply_to().empty()) {
    auto reply_to = parse_mailbox(message.reply_to());
    if (!reply_to) return bad_message(reply_to.error(), plugin_name);
    content.reply_to = std::move(*reply_to);
  }
  content.subject = message.text("subject");
  content.text = message.text("text");
  content.html = message.text("html");
  content.language = message.language();
  if (!read_attachments(message, host, content)) {
    return tl::unexpected<plugin::Outcome>(plugin::try_later(
        coded(plugin_name, "attachment_unreadable"), "An attachment of the message could not be read; the message will be tried again."));
  }
  return content;
}

tl::expected<BuiltMail, plugin::Outcome> build_or_refuse(const MailContent& content, std::string_view plugin_name) {
  auto built = build_mail(content);
  if (!built) return bad_message(built.error(), plugin_name);
  return std::move(*built);
}

}  // namespace messo::mail
