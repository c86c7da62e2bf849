#include "smtp/smtp_channel.hpp"

#include "config_schema_json.hpp"
#include "smtp/smtp_message.hpp"

namespace messo::smtp {
namespace {

SmtpConfig config_or_throw(std::string_view config_json) {
  auto config = read_config(config_json);
  if (!config) throw plugin::ConfigError(config.error().message);
  return std::move(*config);
}

}  // namespace

SmtpChannel::SmtpChannel(std::string_view config_json, plugin::Host host)
    : Channel(host),
      config_(config_or_throw(config_json)),
      pool_(config_.settings, config_.pool, mail::tls_for(config_.settings), host,
            {.name = "smtp", .make_job = [this](const plugin::Message& message) { return make_job(message, config_, this->host()); }}) {}

plugin::About SmtpChannel::about() {
  plugin::About about;
  about.name = "smtp";
  about.version = "0.1.0";
  about.channels = {"email"};
  about.config_schema_json = kConfigSchema;
  about.preferred_batch = 32;
  about.max_batch = 256;
  return about;
}

}  // namespace messo::smtp
