// The mailbox that bounces come to.
#pragma once
#include <memory>

#include "base/time.hpp"
#include "mailbox/poller.hpp"
#include "messo_channel.hpp"
#include "smtp/smtp_config.hpp"

namespace messo::smtp {

// Null when the configuration names no mailbox. `config` and `clock` must outlive it. Throws plugin::ConfigError: a sentence naming field
// and remedy.
std::unique_ptr<mailbox::Poller> make_bounce_poller(const SmtpConfig& config, const plugin::Host& host, const Clock& clock);

}  // namespace messo::smtp
