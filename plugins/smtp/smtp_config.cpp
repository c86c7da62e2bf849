#include "smtp/smtp_config.hpp"

#include <nlohmann/json.hpp>

#include "mail/config_reading.hpp"
#include "mail/smtp_config.hpp"

namespace messo::smtp {
namespace {

using mail::wrong_field;
using nlohmann::json;

Status read_addresses(const json& tree, SmtpConfig& config) {
  const auto text_of = [&](const char* name) { return tree.value(name, std::string{}); };
  if (const auto from = text_of("from"); !from.empty()) {
    auto box = mail::parse_mailbox(from);
    if (!box) return wrong_field("from", box.error().message);
    config.from = std::move(*box);
  }
  if (const auto path = text_of("return_path"); !path.empty()) {
    const auto address = mail::parse_address(path);
    if (!address) return wrong_field("return_path", address.error().message);
    config.return_path = address->to_string();
  }
  if (const auto domain = text_of("verp_domain"); !domain.empty()) {
    const auto ascii = mail::to_ascii_domain(domain);
    if (!ascii) return wrong_field("verp_domain", ascii.error().message);
    config.verp_domain = *ascii;
    config.verp_key = Secret(text_of("verp_key"));
    if (config.verp_key.reveal().size() < 16)
      return wrong_field("verp_key", "is needed with verp_domain; write at least 16 random characters.");
  }
  return {};
}

// What is as for sending need not be said twice.
Status read_mailbox(const json& tree, SmtpConfig& config) {
  auto box = tree.value("mailbox", json::object());
  const auto text_of = [&](const char* name) { return box.value(name, std::string{}); };
  if (text_of("host").empty()) {
    if (!text_of("username").empty() || !text_of("password").empty())
      return wrong_field("mailbox.host", "is needed: write the server of the mailbox that bounces come to.");
    return {};
  }
  for (const char* same : {"username", "password", "ca_file"}) {
    if (text_of(same).empty()) box[same] = tree.value(same, std::string{});
  }
  auto settings = mailbox::read_settings(box);
  if (!settings) return fail(std::move(settings.error()));
  config.mailbox = std::move(*settings);
  return {};
}

}  // namespace

Result<SmtpConfig> read_config(std::string_view config_json) {
  try {
    const auto tree = json::parse(config_json);
    SmtpConfig config;
    config.settings.port = 587;
    mail::read_pool_settings(tree, config.pool);
    if (auto status = read_addresses(tree, config); !status) return fail(std::move(status.error()));
    if (auto status = mail::read_smtp_settings(tree, config.settings); !status) return fail(std::move(status.error()));
    if (auto status = read_mailbox(tree, config); !status) return fail(std::move(status.error()));
    return config;
  } catch (const json::exception& error) {
    return fail(ErrorKind::invalid, "bad_config", "The configuration does not follow the schema of the smtp plugin.", error.what());
  }
}

}  // namespace messo::smtp
