// What becomes of a delivery after an outcome: a pure function (DESIGN §5), table-tested. The table is in docs/dispatch.md.
#pragma once
#include <optional>

#include "model/directory.hpp"
#include "model/outcome.hpp"
#include "store/work_queue.hpp"

namespace messo {

// What the policy must know of the provider that answered.
struct ProviderRules {
  OnDoubt on_doubt = OnDoubt::hold;
  RetryPolicy retry;
  bool simulated = false;      // its `sent` ends as simulated
  MicroEuro segment_cost = 0;  // of an SMS
};
// And of the delivery. `late`: somebody decided before (the answer came past answer_by, or after a restart).
struct AttemptFacts {
  DeliveryId delivery;
  Channel channel = Channel::email;
  std::uint32_t attempts_counted = 0;  // before this one
  Instant expires_at{};
  bool late = false;
};

// Waits of outcomes that do not cost an attempt and name no time of their own.
inline constexpr Seconds kProviderWait{2};   // scope provider: the breaker and the provider's pause do the real waiting
inline constexpr Seconds kThrottleWait{30};  // one destination is throttled (greylisting, per-domain limits)

// Rules, first match wins:
//  - sent: sent_final, or sent_simulated
//  - pending: sent_awaiting until now + decisions::receipt_wait(channel), or sent_simulated
//  - unknown: with on_doubt resend retry, always counted, since each one may be a duplicate; else, or when no attempt is left, doubt
//  - scope provider: retry, not counted, even when refused: not the message's fault; release when throttled
//  - throttled: release, not counted (retry when late: it may settle a doubt)
//  - refused: refuse
//  - try_later: retry after the policy's wait, or refuse when no attempt is left
// A retry's time: the wish of an outcome about this message or address (never earlier), else the policy's wait ±20 %, the same for the same
// delivery and attempt; never past expires_at, where the sweeper closes it as expired.
Verdict decide(const ProviderRules& rules, const AttemptFacts& facts, const Outcome& outcome, Instant now);

// How long the provider may take for its first outcome; past it the attempt is in doubt.
Seconds answer_wait(Channel channel);

// Whether the outcome says that the provider itself is in trouble: what opens its circuit breaker.
bool blames_provider(const Outcome& outcome);

// In [0.8, 1.2], from the delivery and a number, so that a decision can be reproduced and a herd spreads.
double jitter(const DeliveryId& delivery, std::uint32_t number);

}  // namespace messo
