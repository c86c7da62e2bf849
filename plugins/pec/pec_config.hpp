// The configuration of one PEC mailbox, read from the JSON that schema.json describes, with its preset.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "mail/mail_address.hpp"
#include "mail/smtp_job.hpp"
#include "mail/smtp_settings.hpp"
#include "mailbox/settings.hpp"
#include "pec/refused_files.hpp"

namespace messo::pec {

struct PecConfig {
  mail::SmtpSettings settings;
  // Few and slow: a mailbox may send some messages a minute, and providers lock accounts that try too often.
  mail::PoolSettings pool{.connections = 2,
                          .queue_per_connection = 4,
                          .messages_per_connection = 100,
                          .idle = std::chrono::seconds(15),
                          .account_pause = std::chrono::seconds(900)};
  mail::Mailbox from;            // the mailbox itself: the only sender
  std::string receipt_kind;      // X-TipoRicevuta: "completa", "breve", "sintetica"
  RefusedExtensions refused;     // of attachments; empty: no attachment is looked at
  mailbox::Settings mailbox;     // where the receipts come
  std::string roots;             // PEM file; empty: AgID CA1 as it is pinned
  bool accept_external = false;  // a recipient without PEC counts as accepted instead of undelivered
};

// `config_json` was validated against the schema; here come the preset and the rules a schema cannot say. Error: a sentence naming field
// and remedy.
Result<PecConfig> read_config(std::string_view config_json);

}  // namespace messo::pec
