// The configuration of one smtp provider, read from the JSON that schema.json describes.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "mail/mail_address.hpp"
#include "mail/smtp_job.hpp"
#include "mail/smtp_settings.hpp"
#include "mailbox/settings.hpp"

namespace messo::smtp {

struct SmtpConfig {
  mail::SmtpSettings settings;
  mail::PoolSettings pool;
  std::optional<mail::Mailbox> from;
  std::string return_path;  // empty: the sender's
  std::string verp_domain;  // empty: no VERP
  Secret verp_key;
  std::optional<mailbox::Settings> mailbox;  // where bounces come
};

// `config_json` was validated against the schema; here come the rules a schema cannot say. Error: a sentence naming field and remedy.
Result<SmtpConfig> read_config(std::string_view config_json);

}  // namespace messo::smtp
