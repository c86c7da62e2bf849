// Plans: ordered steps, and what the end of one means (pure).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/delivery_state.hpp"
#include "model/ids.hpp"
#include "model/words.hpp"

namespace messo {

// What counts as success of a step. A rule stronger than what its channel can reach (docs/channels.md) is refused when the plan is read.
enum class SuccessRule : std::uint8_t { sent = 0, delivered = 1, read = 2 };
enum class StepState : std::uint8_t { waiting = 0, active = 1, succeeded = 2, failed = 3, skipped = 4 };

std::string_view to_string(SuccessRule rule);
std::string_view to_string(StepState state);
std::optional<SuccessRule> parse_success_rule(std::string_view text);

// One step as a template or a job asks for it.
struct StepSpec {
  Channel channel = Channel::email;
  std::string pool;  // empty: the pool named like the channel
  SuccessRule success = SuccessRule::sent;
  std::optional<Seconds> wait;  // how long until the next step may start; empty: the channel's default
};

// How long a delivery over `channel` may wait to leave when neither job nor template says: urgent ones minutes, others a channel's habit.
Seconds default_expiry(Channel channel, Priority priority);

// Whether the channel can ever fulfil the rule (ordinary email never reports `delivered`).
bool can_reach(Channel channel, SuccessRule rule);

// The state of a step whose delivery is `delivery`: active while open, then succeeded or failed by its rule.
StepState step_state(SuccessRule rule, DeliveryState delivery);

// A step as the plan's progress needs it.
struct PlanStep {
  SuccessRule success = SuccessRule::sent;
  StepState state = StepState::waiting;
  bool operator==(const PlanStep&) const = default;
};

// What a delivery's new state means for the whole plan: rewrites the steps' states in place and returns the notification's status. `worked`
// is the index of the step that owns the delivery. Today the first usable step is worked alone: once its delivery closes, the steps still
// waiting are skipped, and the notification ends as that delivery did. Fallback plans replace this one function.
NotificationStatus plan_progress(std::span<PlanStep> steps, std::size_t worked, DeliveryState delivery);

}  // namespace messo
