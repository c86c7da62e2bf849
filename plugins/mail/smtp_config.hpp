// What plugins that send over SMTP read alike from their configuration. The JSON was validated against the plugin's schema; here come the
// rules a schema cannot say. Errors: kind invalid, code "bad_config", a sentence naming field and remedy.
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "base/result.hpp"
#include "mail/smtp_job.hpp"
#include "mail/smtp_settings.hpp"

namespace messo::mail {

// "host" (required), "port", "tls", "auth", "ca_file", "username", "password", "helo_name", "dsn", "max_message_bytes", "timeouts",
// "replies"; what is absent is as in `settings`.
Status read_smtp_settings(const nlohmann::json& config, SmtpSettings& settings);

// "connections", "queue_per_connection", "messages_per_connection", "idle_seconds", "throttle_seconds", "account_pause_seconds",
// "reconnect_max_seconds"; what is absent is as in `pool`.
void read_pool_settings(const nlohmann::json& config, PoolSettings& pool);

}  // namespace messo::mail
