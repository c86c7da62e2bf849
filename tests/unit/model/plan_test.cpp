#include "model/plan.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

using namespace std::chrono_literals;

DeliveryState closed_as(DeliveryResult result) { return {Phase::closed, result, false}; }

TEST(Plan, a_step_is_done_when_its_rule_says_so) {
  struct Row {
    SuccessRule rule;
    DeliveryState delivery;
    StepState state;
  };
  const std::vector<Row> table{
      {SuccessRule::sent, {Phase::due}, StepState::active},
      {SuccessRule::delivered, {Phase::awaiting_receipt}, StepState::active},
      {SuccessRule::sent, closed_as(DeliveryResult::sent), StepState::succeeded},
      {SuccessRule::sent, closed_as(DeliveryResult::delivered), StepState::succeeded},
      {SuccessRule::sent, closed_as(DeliveryResult::undelivered), StepState::failed},
      {SuccessRule::delivered, closed_as(DeliveryResult::sent), StepState::failed},
      {SuccessRule::delivered, closed_as(DeliveryResult::delivered), StepState::succeeded},
      {SuccessRule::delivered, closed_as(DeliveryResult::simulated), StepState::succeeded},
      {SuccessRule::read, closed_as(DeliveryResult::no_outcome), StepState::failed},
      {SuccessRule::sent, closed_as(DeliveryResult::expired), StepState::failed},
      {SuccessRule::sent, closed_as(DeliveryResult::cancelled), StepState::failed},
      {SuccessRule::sent, closed_as(DeliveryResult::suppressed), StepState::failed},
      {SuccessRule::sent, closed_as(DeliveryResult::refused), StepState::failed},
  };
  for (const Row& row : table) EXPECT_EQ(step_state(row.rule, row.delivery), row.state) << to_string(row.delivery.result);
}

TEST(Plan, while_the_delivery_is_open_the_others_wait) {
  std::vector<PlanStep> steps{{SuccessRule::sent, StepState::active}, {SuccessRule::sent, StepState::waiting}};
  EXPECT_EQ(plan_progress(steps, 0, {Phase::in_doubt}), NotificationStatus::in_doubt);
  EXPECT_EQ(steps[0].state, StepState::active);
  EXPECT_EQ(steps[1].state, StepState::waiting);
}

TEST(Plan, once_it_closes_those_still_waiting_are_skipped) {
  std::vector<PlanStep> steps{
      {SuccessRule::sent, StepState::skipped}, {SuccessRule::sent, StepState::active}, {SuccessRule::sent, StepState::waiting}};
  EXPECT_EQ(plan_progress(steps, 1, closed_as(DeliveryResult::refused)), NotificationStatus::refused);
  EXPECT_EQ(steps,
            (std::vector<PlanStep>{
                {SuccessRule::sent, StepState::skipped}, {SuccessRule::sent, StepState::failed}, {SuccessRule::sent, StepState::skipped}}));
}

TEST(Plan, a_late_receipt_turns_failure_into_success) {
  std::vector<PlanStep> steps{{SuccessRule::delivered, StepState::failed}, {SuccessRule::sent, StepState::skipped}};
  EXPECT_EQ(plan_progress(steps, 0, closed_as(DeliveryResult::delivered)), NotificationStatus::delivered);
  EXPECT_EQ(steps[0].state, StepState::succeeded);
  EXPECT_EQ(steps[1].state, StepState::skipped);
}

TEST(Plan, a_delivery_of_no_step_changes_none) {
  std::vector<PlanStep> steps{{SuccessRule::sent, StepState::active}};
  EXPECT_EQ(plan_progress(steps, 9, {Phase::due}), NotificationStatus::queued);
  EXPECT_EQ(steps[0].state, StepState::active);
}

TEST(Plan, every_channel_has_an_expiry_and_urgency_shortens_it) {
  EXPECT_EQ(default_expiry(Channel::email, Priority::normal), 72h);
  EXPECT_EQ(default_expiry(Channel::sms, Priority::bulk), 48h);
  EXPECT_EQ(default_expiry(Channel::push, Priority::normal), 24h);
  for (const Channel channel : kChannels) {
    EXPECT_EQ(default_expiry(channel, Priority::urgent), 15min);
    EXPECT_EQ(default_expiry(channel, Priority::alert), 6h);
  }
}

TEST(Plan, a_rule_asks_only_for_what_the_channel_can_say) {
  EXPECT_FALSE(can_reach(Channel::email, SuccessRule::delivered));
  EXPECT_FALSE(can_reach(Channel::push, SuccessRule::delivered));
  EXPECT_TRUE(can_reach(Channel::pec, SuccessRule::delivered));
  EXPECT_TRUE(can_reach(Channel::sms, SuccessRule::delivered));
  EXPECT_FALSE(can_reach(Channel::pec, SuccessRule::read));
  EXPECT_TRUE(can_reach(Channel::io, SuccessRule::read));
  for (const Channel channel : kChannels) EXPECT_TRUE(can_reach(channel, SuccessRule::sent));
}

}  // namespace
}  // namespace messo
