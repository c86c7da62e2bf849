#include "outbox/outbox_channel.hpp"

#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "config_schema_json.hpp"
#include "mail/border_mail.hpp"

namespace messo::outbox {

using nlohmann::json;
using plugin::ConfigError;
using plugin::Outcome;

struct OutboxChannel::Config {
  std::string directory;
  std::size_t max_files = 10000;
  bool sync = true;
  mail::Mailbox from;

  static Config read(std::string_view config_json) {
    const auto tree = json::parse(config_json);
    Config config;
    config.directory = tree.at("directory").get<std::string>();
    if (!config.directory.starts_with('/'))
      throw ConfigError("directory: must be absolute, because the daemon's working folder may change.");
    config.max_files = tree.value("max_files", config.max_files);
    config.sync = tree.value("sync", true);
    auto from = mail::parse_mailbox(tree.value("from", std::string("Messo <outbox@localhost>")));
    if (!from) throw ConfigError("from: " + from.error().message);
    config.from = std::move(*from);
    return config;
  }
};

namespace {

json parts_of(const plugin::Message& message) {
  json parts = json::object();
  for (std::size_t i = 0; i < message.part_count(); ++i) {
    const auto part = message.part(i);
    parts[std::string(part.name)] = part.body;
  }
  return parts;
}

}  // namespace

OutboxChannel::OutboxChannel(std::string_view config_json, plugin::Host host) : OutboxChannel(Config::read(config_json), host) {}

OutboxChannel::OutboxChannel(Config config, plugin::Host host)
    : BlockingChannel(host, {.threads = 4, .queue = 60}),
      folder_(config.directory, config.max_files, config.sync),
      from_(std::move(config.from)) {}

plugin::About OutboxChannel::about() {
  plugin::About about;
  about.name = "outbox";
  about.version = "0.1.0";
  about.channels = {"pec", "email", "sms", "push", "io", "webhook"};
  about.config_schema_json = kConfigSchema;
  about.preferred_batch = 16;
  about.max_batch = 64;
  about.simulated = true;
  return about;
}

void OutboxChannel::start() {
  if (auto status = folder_.open(); !status) throw ConfigError(status.error().message);
  BlockingChannel::start();
}

Outcome OutboxChannel::send(const plugin::OwnedMessage& message) {
  return message.channel() == "email" || message.channel() == "pec" ? store_mail(message) : store_json(message);
}

Outcome OutboxChannel::store_mail(const plugin::OwnedMessage& message) {
  const auto content = mail::content_of(message, from_, host(), "outbox");
  if (!content) return content.error();
  const auto built = mail::build_or_refuse(*content, "outbox");
  return built ? store(message, ".eml", built->bytes) : built.error();
}

Outcome OutboxChannel::store_json(const plugin::OwnedMessage& message) {
  json tree{{"delivery", plugin::to_string(message.delivery())},
            {"channel", message.channel()},
            {"created", to_rfc3339(from_unix_ms(message.created_ms()))},
            {"to", message.to()},
            {"to_name", message.to_name()},
            {"from", message.from()},
            {"from_name", message.from_name()},
            {"reply_to", message.reply_to()},
            {"language", message.language()},
            {"parts", parts_of(message)},
            {"attachments", json::array()}};
  tree["meta"] = json::parse(message.meta_json(), nullptr, false);
  if (tree["meta"].is_discarded()) tree["meta"] = json::object();
  for (std::size_t i = 0; i < message.attachment_count(); ++i) {
    const auto attachment = message.attachment(i);
    Sha256Stream hash;
    if (!host().read_attachment(message.attempt(), attachment, [&hash](std::string_view chunk) { hash.update(chunk); }))
      return plugin::try_later("outbox.attachment_unreadable", "An attachment could not be read; the message will be tried again.");
    const auto digest = hash.finish();
    tree["attachments"].push_back({{"name", attachment.name},
                                   {"content_type", attachment.content_type},
                                   {"size", attachment.size},
                                   {"sha256", to_hex(as_text(digest))}});
  }
  return store(message, ".json", tree.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
}

Outcome OutboxChannel::store(const plugin::OwnedMessage& message, std::string_view extension, std::string_view bytes) {
  const auto name = plugin::to_string(message.delivery()) + std::string(extension);
  if (auto status = folder_.store(name, bytes); !status) {
    return plugin::try_later("outbox.io", "The message could not be kept as a file; it will be tried again.")
        .about(MESSO_SCOPE_PROVIDER)
        .log_text(status.error().detail);
  }
  return plugin::sent("outbox.stored", "Kept as a file in the outbox (test mode): nothing was sent.");
}

}  // namespace messo::outbox
