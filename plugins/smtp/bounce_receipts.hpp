// From what a message of the bounce mailbox says to what the hub is told of it. Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "mail_report/report.hpp"
#include "messo_channel.hpp"
#include "smtp/smtp_config.hpp"

namespace messo::smtp {

// nullopt: nothing the hub needs (not about a message of ours, relayed, delivered, automatic replies, other mail). VALID when a return path
// of ours whose signature fits shows in the report: only who has seen the message knows it. Otherwise NOT_CHECKED: anybody could have
// written it. `now_ms`: the time of a report that tells none, or one to come. The original is kept up to 256 KiB.
std::optional<plugin::Receipt> receipt_of(const mail_report::Report& report, std::string_view eml, const SmtpConfig& config,
                                          std::int64_t now_ms);

}  // namespace messo::smtp
