#include "mail/smtp_config.hpp"

#include <unistd.h>

#include "mail/config_reading.hpp"
#include "mail/mail_address.hpp"
#include "mail/mime_encoding.hpp"
#include "mail/smtp_stream.hpp"

namespace messo::mail {
namespace {

using nlohmann::json;

void read_text(const json& tree, const char* name, std::string& into) { into = tree.value(name, into); }

// The name to greet with: a machine without a proper name greets with its loopback literal (RFC 5321 §4.1.3).
std::string greeting_name(const std::string& configured) {
  std::array<char, 256> buffer{};
  std::string name = configured;
  if (name.empty() && ::gethostname(buffer.data(), buffer.size() - 1) == 0) name = buffer.data();
  const auto ascii = to_ascii_domain(name);
  return ascii ? *ascii : "[127.0.0.1]";
}

void read_timeouts(const json& tree, SmtpTimeouts& out) {
  const auto times = tree.value("timeouts", json::object());
  read_seconds(times, "connect", out.connect);
  read_seconds(times, "tls", out.tls);
  read_seconds(times, "greeting", out.greeting);
  read_seconds(times, "command", out.command);
  read_seconds(times, "block", out.block);
  read_seconds(times, "final", out.final_dot);
}

Status read_replies(const json& tree, SmtpSettings& settings) {
  for (const auto& exception : tree.value("replies", json::array())) {
    auto made = make_override(exception.at("match").get<std::string>(), exception.at("class").get<std::string>());
    if (!made) return wrong_field("replies", made.error().message);
    settings.overrides.push_back(std::move(*made));
  }
  return {};
}

Status check_rules(const SmtpSettings& settings) {
  if (settings.tls == TlsMode::none && !is_loopback_host(settings.host))
    return wrong_field("tls", "\"none\" is allowed only for a server on this machine; set \"starttls\" or \"implicit\".");
  if (!settings.username.empty() && settings.password.empty()) return wrong_field("password", "is needed with username.");
  if (settings.username.empty() && !settings.password.empty()) return wrong_field("username", "is needed with password.");
  if (has_control(settings.username) || has_control(settings.password.reveal()))
    return wrong_field("username", "and password must not hold control characters.");
  return {};
}

}  // namespace

Status read_smtp_settings(const json& config, SmtpSettings& settings) {
  constexpr std::array kMechanisms{std::pair{"auto", AuthMechanism::automatic}, std::pair{"plain", AuthMechanism::plain},
                                   std::pair{"login", AuthMechanism::login}, std::pair{"xoauth2", AuthMechanism::xoauth2}};
  read_text(config, "host", settings.host);
  settings.port = config.value("port", settings.port);
  read_word(config, "tls", kTlsModes, settings.tls);
  read_word(config, "auth", kMechanisms, settings.auth);
  read_text(config, "ca_file", settings.ca_file);
  read_text(config, "username", settings.username);
  settings.password = Secret(config.value("password", std::string{}));
  settings.helo_name = greeting_name(config.value("helo_name", std::string{}));
  settings.dsn = config.value("dsn", settings.dsn);
  settings.max_message_bytes = config.value("max_message_bytes", settings.max_message_bytes);
  read_timeouts(config, settings.timeouts);
  if (auto status = read_replies(config, settings); !status) return status;
  return check_rules(settings);
}

void read_pool_settings(const json& config, PoolSettings& pool) {
  pool.connections = config.value("connections", pool.connections);
  pool.queue_per_connection = config.value("queue_per_connection", pool.queue_per_connection);
  pool.messages_per_connection = config.value("messages_per_connection", pool.messages_per_connection);
  read_seconds(config, "idle_seconds", pool.idle);
  read_seconds(config, "throttle_seconds", pool.throttle_pause);
  read_seconds(config, "account_pause_seconds", pool.account_pause);
  read_seconds(config, "reconnect_max_seconds", pool.reconnect_max);
}

}  // namespace messo::mail
