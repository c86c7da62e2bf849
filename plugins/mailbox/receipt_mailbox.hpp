// A mailbox as plugins use it that send mail and get its receipts by mail.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "mail/smtp_pool.hpp"
#include "mailbox/poller.hpp"

namespace messo::mailbox {

// What one message tells the hub; nullopt: nothing it needs. As Reader.
using ReceiptReader = std::function<std::optional<plugin::Receipt>(std::string_view eml)>;

// A Poller that logs through `host`. `clock` must outlive it. Throws plugin::ConfigError: a sentence naming field and remedy.
std::unique_ptr<Poller> make_poller(const Settings& settings, ReceiptReader reader, HeaderRule headers, plugin::Host host,
                                    const Clock& clock);

// Signs in to send, then to the mailbox, within `limit` (but the mailbox gets a second): what both say.
plugin::Probes::Report probe_both(mail::SmtpPool& pool, Poller& poller, std::chrono::milliseconds limit);

// What makes the receipt of a message unique: its own Message-ID (without brackets), or its digest where that is missing or too long.
std::string dedupe_key(const std::string& own_message_id, std::string_view eml);

}  // namespace messo::mailbox
