// The whole table: every change from every phase, every receipt on every ending.
#include "model/delivery_state.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace messo {
namespace {

constexpr std::array kPhases{Phase::scheduled, Phase::due, Phase::leased, Phase::handed_over, Phase::awaiting_receipt, Phase::in_doubt};
constexpr std::array kChanges{Change::lease,
                              Change::hand_over,
                              Change::release,
                              Change::retry,
                              Change::sent_final,
                              Change::sent_simulated,
                              Change::sent_awaiting,
                              Change::refuse,
                              Change::doubt,
                              Change::receipt_delivered,
                              Change::receipt_undelivered,
                              Change::silence,
                              Change::expire,
                              Change::cancel,
                              Change::suppress};

struct Rule {
  std::set<Phase> from;
  DeliveryState to;
};
const std::set<Phase> kWaiting{Phase::scheduled, Phase::due};
const std::set<Phase> kInHand{Phase::leased, Phase::handed_over};
const std::set<Phase> kAnswerable{Phase::leased, Phase::handed_over, Phase::in_doubt};
const std::set<Phase> kAll(kPhases.begin(), kPhases.end());

DeliveryState closed(DeliveryResult result, bool disputed = false) { return {Phase::closed, result, disputed}; }

const std::map<Change, Rule>& rules() {
  static const std::map<Change, Rule> table{
      {Change::lease, {kWaiting, {Phase::leased}}},
      {Change::hand_over, {{Phase::leased}, {Phase::handed_over}}},
      {Change::release, {kInHand, {Phase::due}}},
      {Change::retry, {kAnswerable, {Phase::due}}},
      {Change::sent_final, {kAnswerable, closed(DeliveryResult::sent)}},
      {Change::sent_simulated, {kAnswerable, closed(DeliveryResult::simulated)}},
      {Change::sent_awaiting, {kAnswerable, {Phase::awaiting_receipt}}},
      {Change::refuse, {kAnswerable, closed(DeliveryResult::refused)}},
      {Change::doubt, {kInHand, {Phase::in_doubt}}},
      {Change::receipt_delivered, {kAll, closed(DeliveryResult::delivered)}},
      {Change::receipt_undelivered, {kAll, closed(DeliveryResult::undelivered)}},
      {Change::silence, {{Phase::awaiting_receipt, Phase::in_doubt}, closed(DeliveryResult::no_outcome)}},
      {Change::expire,
       {{Phase::scheduled, Phase::due, Phase::leased, Phase::handed_over, Phase::in_doubt}, closed(DeliveryResult::expired)}},
      {Change::cancel, {kWaiting, closed(DeliveryResult::cancelled)}},
      {Change::suppress, {{Phase::scheduled, Phase::due, Phase::leased, Phase::handed_over}, closed(DeliveryResult::suppressed)}},
  };
  return table;
}

TEST(DeliveryState, every_change_from_every_open_phase) {
  for (const Phase phase : kPhases) {
    for (const Change change : kChanges) {
      const Rule& rule = rules().at(change);
      const auto got = apply({phase}, change);
      SCOPED_TRACE(std::string(to_string(phase)) + " " + std::string(to_string(change)));
      ASSERT_EQ(got.has_value(), rule.from.contains(phase));
      if (got) {
        EXPECT_EQ(*got, rule.to);
      }
    }
  }
}

TEST(DeliveryState, only_receipts_move_what_is_closed) {
  for (const DeliveryResult result : kDeliveryResults) {
    for (const Change change : kChanges) {
      if (change == Change::receipt_delivered || change == Change::receipt_undelivered) continue;
      EXPECT_FALSE(apply(closed(result), change)) << to_string(result) << " " << to_string(change);
    }
  }
}

TEST(DeliveryState, a_late_receipt_strengthens_and_never_weakens) {
  using R = DeliveryResult;
  const std::map<R, std::pair<std::optional<DeliveryState>, std::optional<DeliveryState>>> table{
      // ending: {after delivered, after undelivered}
      {R::sent, {closed(R::delivered), closed(R::undelivered)}},
      {R::no_outcome, {closed(R::delivered), closed(R::undelivered)}},
      {R::expired, {closed(R::delivered), closed(R::undelivered)}},
      {R::refused, {closed(R::delivered, true), closed(R::undelivered, true)}},
      {R::undelivered, {closed(R::delivered, true), std::nullopt}},
      {R::delivered, {std::nullopt, closed(R::delivered, true)}},
      {R::cancelled, {std::nullopt, std::nullopt}},
      {R::suppressed, {std::nullopt, std::nullopt}},
      {R::simulated, {std::nullopt, std::nullopt}},
  };
  for (const auto& [result, after] : table) {
    EXPECT_EQ(apply(closed(result), Change::receipt_delivered), after.first) << to_string(result);
    EXPECT_EQ(apply(closed(result), Change::receipt_undelivered), after.second) << to_string(result);
  }
  EXPECT_FALSE(apply(closed(R::delivered, true), Change::receipt_undelivered));
}

TEST(DeliveryState, a_late_outcome_decides_only_what_nobody_else_has) {
  const std::set<Phase> again{Phase::scheduled, Phase::due, Phase::leased, Phase::in_doubt};
  const std::set<Phase> doubt{Phase::in_doubt};
  const std::map<Change, Rule> table{
      {Change::sent_final, {again, closed(DeliveryResult::sent)}},
      {Change::sent_simulated, {again, closed(DeliveryResult::simulated)}},
      {Change::sent_awaiting, {again, {Phase::awaiting_receipt}}},
      {Change::refuse, {again, closed(DeliveryResult::refused)}},
      {Change::retry, {doubt, {Phase::due}}},
      {Change::release, {doubt, {Phase::due}}},
      {Change::expire, {doubt, closed(DeliveryResult::expired)}},
  };
  for (const Change change : kChanges) {
    for (const Phase phase : kPhases) {
      const auto rule = table.find(change);
      const auto got = apply_late({phase}, change);
      SCOPED_TRACE(std::string(to_string(phase)) + " " + std::string(to_string(change)));
      ASSERT_EQ(got.has_value(), rule != table.end() && rule->second.from.contains(phase));
      if (got) {
        EXPECT_EQ(*got, rule->second.to);
      }
    }
    EXPECT_FALSE(apply_late(closed(DeliveryResult::sent), change));
  }
}

TEST(DeliveryState, scheduled_is_seen_and_not_stored) {
  const Instant now = from_unix_ms(1000);
  EXPECT_EQ(visible_phase(Phase::due, now + Millis{1}, now), Phase::scheduled);
  EXPECT_EQ(visible_phase(Phase::due, now, now), Phase::due);
  EXPECT_EQ(visible_phase(Phase::leased, now + Millis{1}, now), Phase::leased);
}

TEST(DeliveryState, the_status_follows_the_delivery) {
  EXPECT_EQ(status_of({Phase::due}), NotificationStatus::queued);
  EXPECT_EQ(status_of({Phase::leased}), NotificationStatus::queued);
  EXPECT_EQ(status_of({Phase::handed_over}), NotificationStatus::queued);
  EXPECT_EQ(status_of({Phase::awaiting_receipt}), NotificationStatus::awaiting_receipt);
  EXPECT_EQ(status_of({Phase::in_doubt}), NotificationStatus::in_doubt);
  for (const DeliveryResult result : kDeliveryResults) {
    EXPECT_EQ(to_string(status_of(closed(result))), to_string(result));
    EXPECT_TRUE(is_final(status_of(closed(result))));
    EXPECT_EQ(parse_delivery_result(to_string(result)), result);
  }
  EXPECT_FALSE(is_final(NotificationStatus::queued));
  EXPECT_FALSE(is_final(NotificationStatus::in_doubt));
  EXPECT_FALSE(is_final(NotificationStatus::awaiting_receipt));
  EXPECT_EQ(parse_notification_status("in_doubt"), NotificationStatus::in_doubt);
  EXPECT_FALSE(parse_notification_status("lost"));
  for (const Phase phase : kPhases) EXPECT_EQ(parse_phase(to_string(phase)), phase);
}

}  // namespace
}  // namespace messo
