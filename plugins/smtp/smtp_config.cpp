#include "smtp/smtp_config.hpp"

#include <unistd.h>

#include <array>
#include <nlohmann/json.hpp>

#include "mail/mime_encoding.hpp"
#include "mail/smtp_stream.hpp"

namespace messo::smtp {
namespace {

using mail::AuthMechanism;
using mail::TlsMode;
using nlohmann::json;

tl::unexpected<Error> wrong(std::string_view field, std::string_view remedy) {
  return fail_field("/" + std::string(field), "bad_config", std::string(field) + ": " + std::string(remedy));
}

std::string text_of(const json& tree, const char* name) { return tree.value(name, std::string{}); }
std::chrono::seconds seconds_of(const json& tree, const char* name, std::chrono::seconds fallback) {
  return std::chrono::seconds(tree.value(name, static_cast<std::int64_t>(fallback.count())));
}

// The name to greet with: a machine without a proper name greets with its loopback literal (RFC 5321 §4.1.3).
std::string greeting_name(const std::string& configured) {
  std::array<char, 256> buffer{};
  std::string name = configured;
  if (name.empty() && ::gethostname(buffer.data(), buffer.size() - 1) == 0) name = buffer.data();
  const auto ascii = mail::to_ascii_domain(name);
  return ascii ? *ascii : "[127.0.0.1]";
}

mail::SmtpTimeouts read_timeouts(const json& tree) {
  mail::SmtpTimeouts out;
  const auto times = tree.value("timeouts", json::object());
  const auto read = [&](const char* name, std::chrono::milliseconds& into) {
    into = seconds_of(times, name, std::chrono::duration_cast<std::chrono::seconds>(into));
  };
  read("connect", out.connect);
  read("tls", out.tls);
  read("greeting", out.greeting);
  read("command", out.command);
  read("block", out.block);
  read("final", out.final_dot);
  return out;
}

void read_server(const json& tree, mail::SmtpSettings& settings) {
  static const std::array modes{std::pair{"none", TlsMode::none}, std::pair{"starttls", TlsMode::starttls},
                                std::pair{"implicit", TlsMode::implicit}};
  static const std::array mechanisms{std::pair{"auto", AuthMechanism::automatic}, std::pair{"plain", AuthMechanism::plain},
                                     std::pair{"login", AuthMechanism::login}, std::pair{"xoauth2", AuthMechanism::xoauth2}};
  const auto pick = [](const auto& table, const std::string& name, auto& into) {
    for (const auto& [key, value] : table)
      if (name == key) into = value;
  };
  settings.host = tree.at("host").get<std::string>();
  settings.port = tree.value("port", std::uint16_t{587});
  pick(modes, tree.value("tls", std::string("starttls")), settings.tls);
  pick(mechanisms, tree.value("auth", std::string("auto")), settings.auth);
  settings.ca_file = text_of(tree, "ca_file");
  settings.username = text_of(tree, "username");
  settings.password = Secret(text_of(tree, "password"));
  settings.helo_name = greeting_name(text_of(tree, "helo_name"));
  settings.dsn = tree.value("dsn", false);
  settings.max_message_bytes = tree.value("max_message_bytes", std::uint64_t{0});
  settings.timeouts = read_timeouts(tree);
}

Status read_addresses(const json& tree, SmtpConfig& config) {
  if (const auto from = text_of(tree, "from"); !from.empty()) {
    auto box = mail::parse_mailbox(from);
    if (!box) return wrong("from", box.error().message);
    config.from = std::move(*box);
  }
  if (const auto path = text_of(tree, "return_path"); !path.empty()) {
    const auto address = mail::parse_address(path);
    if (!address) return wrong("return_path", address.error().message);
    config.return_path = address->to_string();
  }
  if (const auto domain = text_of(tree, "verp_domain"); !domain.empty()) {
    const auto ascii = mail::to_ascii_domain(domain);
    if (!ascii) return wrong("verp_domain", ascii.error().message);
    config.verp_domain = *ascii;
    config.verp_key = Secret(text_of(tree, "verp_key"));
    if (config.verp_key.reveal().size() < 16) return wrong("verp_key", "is needed with verp_domain; write at least 16 random characters.");
  }
  return {};
}

Status read_replies(const json& tree, mail::SmtpSettings& settings) {
  for (const auto& exception : tree.value("replies", json::array())) {
    auto made = mail::make_override(exception.at("match").get<std::string>(), exception.at("class").get<std::string>());
    if (!made) return wrong("replies", made.error().message);
    settings.overrides.push_back(std::move(*made));
  }
  return {};
}

Status check_rules(const SmtpConfig& config) {
  const auto& settings = config.settings;
  if (settings.tls == TlsMode::none && !mail::is_loopback_host(settings.host))
    return wrong("tls", "\"none\" is allowed only for a server on this machine; set \"starttls\" or \"implicit\".");
  if (!settings.username.empty() && settings.password.empty()) return wrong("password", "is needed with username.");
  if (settings.username.empty() && !settings.password.empty()) return wrong("username", "is needed with password.");
  if (mail::has_control(settings.username) || mail::has_control(settings.password.reveal()))
    return wrong("username", "and password must not hold control characters.");
  return {};
}

}  // namespace

Result<SmtpConfig> read_config(std::string_view config_json) {
  try {
    const auto tree = json::parse(config_json);
    SmtpConfig config;
    read_server(tree, config.settings);
    config.connections = tree.value("connections", config.connections);
    config.queue_per_connection = tree.value("queue_per_connection", config.queue_per_connection);
    config.messages_per_connection = tree.value("messages_per_connection", config.messages_per_connection);
    config.idle = seconds_of(tree, "idle_seconds", config.idle);
    config.throttle_pause = seconds_of(tree, "throttle_seconds", config.throttle_pause);
    config.account_pause = seconds_of(tree, "account_pause_seconds", config.account_pause);
    config.reconnect_max = seconds_of(tree, "reconnect_max_seconds", config.reconnect_max);
    if (auto status = read_addresses(tree, config); !status) return fail(std::move(status.error()));
    if (auto status = read_replies(tree, config.settings); !status) return fail(std::move(status.error()));
    if (auto status = check_rules(config); !status) return fail(std::move(status.error()));
    return config;
  } catch (const json::exception& error) {
    return fail(ErrorKind::invalid, "bad_config", "The configuration does not follow the schema of the smtp plugin.", error.what());
  }
}

}  // namespace messo::smtp
