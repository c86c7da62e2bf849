#include "model/plan.hpp"

#include "model/names.hpp"

namespace messo {
namespace {

using names::Row;
constexpr Row<SuccessRule> kRules[] = {{SuccessRule::sent, "sent"}, {SuccessRule::delivered, "delivered"}, {SuccessRule::read, "read"}};
constexpr Row<StepState> kStates[] = {{StepState::waiting, "waiting"},
                                      {StepState::active, "active"},
                                      {StepState::succeeded, "succeeded"},
                                      {StepState::failed, "failed"},
                                      {StepState::skipped, "skipped"}};

}  // namespace

std::string_view to_string(SuccessRule v) { return names::name_of<SuccessRule>(kRules, v); }
std::string_view to_string(StepState v) { return names::name_of<StepState>(kStates, v); }
std::optional<SuccessRule> parse_success_rule(std::string_view t) { return names::value_of<SuccessRule>(kRules, t); }

Seconds default_expiry(Channel channel, Priority priority) {
  using namespace std::chrono_literals;
  if (priority == Priority::urgent) return 15min;
  if (priority == Priority::alert) return 6h;
  switch (channel) {
    case Channel::sms: return 48h;
    case Channel::push: return 24h;
    default: return 72h;  // reference/email.md: 24 to 72 hours, then expired
  }
}

bool can_reach(Channel channel, SuccessRule rule) {
  switch (rule) {
    case SuccessRule::sent: return true;
    case SuccessRule::delivered: return channel != Channel::email && channel != Channel::push;
    case SuccessRule::read: return channel == Channel::io;
  }
  return false;
}

StepState step_state(SuccessRule rule, DeliveryState delivery) {
  if (delivery.phase != Phase::closed) return StepState::active;
  if (delivery.result == DeliveryResult::simulated) return StepState::succeeded;
  const bool done = rule == SuccessRule::sent ? is_success(delivery.result) : delivery.result == DeliveryResult::delivered;
  return done ? StepState::succeeded : StepState::failed;
}

NotificationStatus plan_progress(std::span<PlanStep> steps, std::size_t worked, DeliveryState delivery) {
  if (worked < steps.size()) steps[worked].state = step_state(steps[worked].success, delivery);
  if (delivery.phase == Phase::closed) {
    for (PlanStep& step : steps) {
      if (step.state == StepState::waiting) step.state = StepState::skipped;
    }
  }
  return status_of(delivery);
}

}  // namespace messo
