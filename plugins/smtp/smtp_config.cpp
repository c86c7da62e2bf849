#include "smtp/smtp_config.hpp"

#include <nlohmann/json.hpp>

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

}  // namespace

Result<SmtpConfig> read_config(std::string_view config_json) {
  try {
    const auto tree = json::parse(config_json);
    SmtpConfig config;
    config.settings.port = 587;
    mail::read_pool_settings(tree, config.pool);
    if (auto status = read_addresses(tree, config); !status) return fail(std::move(status.error()));
    if (auto status = mail::read_smtp_settings(tree, config.settings); !status) return fail(std::move(status.error()));
    return config;
  } catch (const json::exception& error) {
    return fail(ErrorKind::invalid, "bad_config", "The configuration does not follow the schema of the smtp plugin.", error.what());
  }
}

}  // namespace messo::smtp
