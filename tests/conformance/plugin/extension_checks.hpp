// The rules of a plugin's extensions. Each check drives one running instance; what it breaks is added to `broken`, figures to `notes`.
#pragma once
#include "plugin_checks.hpp"
#include "plugin_under_test.hpp"

namespace messo::conformance {

struct ExtensionCheck {
  Instance& one;
  const CheckOptions& options;
  std::vector<std::string>& broken;
  std::vector<std::string>& notes;
};

// `sent` has its outcome; `unheard_of` was never submitted.
void check_query(ExtensionCheck& of, const messo_query_v1& table, AttemptId sent, AttemptId unheard_of);
void check_cancel(ExtensionCheck& of, const messo_cancel_v1& table, AttemptId unheard_of);
// The units, where it measured.
std::optional<std::uint64_t> check_measure(ExtensionCheck& of, const messo_measure_v1& table, const OutgoingMessage& message);
// Texts of known length: the units of a plugin of channel sms are segments.
void check_segments(ExtensionCheck& of, const messo_measure_v1& table, OutgoingMessage message);
void check_resume(ExtensionCheck& of, const messo_resume_v1& table, const OutgoingMessage& message, const std::string& checkpoint);

void check_balance(ExtensionCheck& of, const messo_balance_v1& table);

void check_mailboxes(ExtensionCheck& of, const messo_receipts_poll_v1& table);
void check_poll(ExtensionCheck& of, const messo_receipts_poll_v1& table);
void check_ack(ExtensionCheck& of, const messo_receipts_poll_v1& table);

void check_callback(ExtensionCheck& of, const messo_receipts_callback_v1& table);

// One poll of each mailbox and one call, of what the plugin lists; for running beside submit().
void call_beside(ExtensionCheck& of);
void poll_beside(ExtensionCheck& of);

}  // namespace messo::conformance
