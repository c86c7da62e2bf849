// The delivery's state machine (DESIGN §3): pure tables, no I/O.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace messo {

// Where a delivery is. The numbers are stored. A row waiting for its time is stored as `due` with a `due_at` in the future and shown
// as `scheduled`: nothing is written when its time comes (visible_phase).
enum class Phase : std::uint8_t { scheduled = 0, due = 1, leased = 2, handed_over = 3, awaiting_receipt = 4, in_doubt = 5, closed = 6 };

// How it ended. `open` until then. `simulated`: taken by a provider of test mode (outbox), never counted as sent.
enum class DeliveryResult : std::uint8_t {
  open = 0,
  sent = 1,         // the provider took it and the channel gives no (further) receipt
  delivered = 2,    // a receipt said so
  undelivered = 3,  // a receipt said it did not arrive
  no_outcome = 4,   // its time passed in silence
  refused = 5,      // never left
  expired = 6,
  cancelled = 7,
  suppressed = 8,
  simulated = 9,
};
inline constexpr std::array kDeliveryResults{DeliveryResult::sent,       DeliveryResult::delivered,  DeliveryResult::undelivered,
                                             DeliveryResult::no_outcome, DeliveryResult::refused,    DeliveryResult::expired,
                                             DeliveryResult::cancelled,  DeliveryResult::suppressed, DeliveryResult::simulated};

// What can happen to a delivery. Receipts name what they claim.
enum class Change : std::uint8_t {
  lease,                // an attempt row is made
  hand_over,            // committed just before submit
  release,              // given back untouched: throttle, shutdown, crash while leased
  retry,                // the attempt failed for now; due again later
  sent_final,           // provider took it, no receipt will come
  sent_simulated,       // a test-mode provider took it
  sent_awaiting,        // provider took it, a receipt is expected
  refuse,               // permanent failure before it left
  doubt,                // the provider may have it
  receipt_delivered,    // verified receipt
  receipt_undelivered,  // verified receipt
  silence,              // the receipt deadline passed
  expire,
  cancel,
  suppress,
};

struct DeliveryState {
  Phase phase = Phase::due;
  DeliveryResult result = DeliveryResult::open;
  bool disputed = false;  // receipts contradict each other
  bool operator==(const DeliveryState&) const = default;
};

// The state after `change`, or nullopt when the change is not allowed from `from` (the caller records it as an event, nothing moves).
// A late receipt may strengthen a closed result: sent, no_outcome -> delivered or undelivered; undelivered -> delivered sets `disputed`,
// as does an undelivered receipt after delivered (the result stays delivered).
std::optional<DeliveryState> apply(DeliveryState from, Change change);

// The state after an outcome that came late: its attempt had been ended by somebody else (a crash, a time limit), so the delivery is in
// doubt, waiting to be tried again, or leased for another attempt. What says that the message left or never will (sent_*, refuse) still
// decides; a doubt is settled by whatever is definite. nullopt: nothing moves (closed meanwhile, or a newer attempt is already handed
// over).
std::optional<DeliveryState> apply_late(DeliveryState from, Change change);

// `scheduled` for a due row whose time has not come.
Phase visible_phase(Phase stored, Instant due_at, Instant now);

inline bool is_open(Phase phase) { return phase != Phase::closed; }
// Succeeded as far as its channel can tell.
bool is_success(DeliveryResult result);

std::string_view to_string(Phase phase);
std::string_view to_string(DeliveryResult result);
std::string_view to_string(Change change);
std::optional<Phase> parse_phase(std::string_view text);
std::optional<DeliveryResult> parse_delivery_result(std::string_view text);

// A notification's status, derived from its steps in the transaction that changes one. The numbers are stored.
enum class NotificationStatus : std::uint8_t {
  queued = 0,  // accepted; waiting, being tried, or waiting for the next try
  awaiting_receipt = 20,
  in_doubt = 21,
  sent = 1,
  delivered = 2,
  undelivered = 3,
  no_outcome = 4,
  refused = 5,
  expired = 6,
  cancelled = 7,
  suppressed = 8,
  simulated = 9,
};
std::string_view to_string(NotificationStatus status);
std::optional<NotificationStatus> parse_notification_status(std::string_view text);
inline bool is_final(NotificationStatus s) { return s != NotificationStatus::queued && static_cast<std::uint8_t>(s) < 20; }
// From the delivery of the step being worked. With several steps the plan decides which delivery counts.
NotificationStatus status_of(DeliveryState delivery);

}  // namespace messo
