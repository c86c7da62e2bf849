// What a restart finds, and what becomes of it (DESIGN §3).
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class RecoveryTest : public StoreTest {
 protected:
  Recovered crash(OnDoubt policy) {
    clock.advance(1s);
    worker.boot = BootId::make(now());
    return must(store().work().recover(
        worker, [policy](ProviderId) { return policy; }, now()));
  }
};

TEST_P(RecoveryTest, what_was_only_leased_is_due_again) {
  const auto job = accepted();
  leased(job, false);
  const auto found = crash(OnDoubt::hold);
  EXPECT_EQ(found.released, 1U);
  EXPECT_EQ(delivery(job).state.phase, Phase::due);
  const auto v = view(job);
  EXPECT_EQ(v.timeline.back().kind, EventKind::recovered);
  EXPECT_TRUE(v.steps[0].deliveries[0].attempts[0].ended_at);
  EXPECT_FALSE(v.steps[0].deliveries[0].attempts[0].outcome);
  EXPECT_EQ(leased(job).attempts_counted, 0U);
  expect_books_balance();
}

TEST_P(RecoveryTest, handed_over_goes_by_its_provider) {
  const auto email = accepted();
  leased(email);
  EXPECT_EQ(crash(OnDoubt::resend).resent, 1U);
  EXPECT_EQ(delivery(email).state.phase, Phase::due);
  leased(email);
  EXPECT_EQ(crash(OnDoubt::ask).in_doubt, 1U);
  EXPECT_EQ(status(email), NotificationStatus::in_doubt);
  const auto pec = accepted();
  leased(pec);
  EXPECT_EQ(crash(OnDoubt::hold).in_doubt, 1U);
  EXPECT_EQ(status(pec), NotificationStatus::in_doubt);
  expect_books_balance();
}

TEST_P(RecoveryTest, three_crashes_in_hand_are_poison) {
  const auto job = accepted();
  for (int crashes = 1; crashes < 3; ++crashes) {
    leased(job);
    EXPECT_EQ(crash(OnDoubt::resend).resent, 1U);
  }
  leased(job);
  EXPECT_EQ(crash(OnDoubt::resend).poisonous, 1U);
  EXPECT_EQ(status(job), NotificationStatus::in_doubt);
  expect_books_balance();
}

TEST_P(RecoveryTest, this_boot_and_other_nodes_are_left_alone) {
  const auto mine = accepted();
  leased(mine);
  const Recovered nothing = must(store().work().recover(
      worker, [](ProviderId) { return OnDoubt::resend; }, now()));
  EXPECT_EQ(nothing.resent + nothing.released, 0U);
  worker.node = "node-2";
  EXPECT_EQ(crash(OnDoubt::resend).resent, 0U);
  EXPECT_EQ(delivery(mine).state.phase, Phase::handed_over);
}

TEST_P(RecoveryTest, each_provider_is_asked_for_its_own_policy) {
  const auto email = accepted();
  leased(email);
  const ProviderId email_provider = provider;
  provider = ProviderId::make(now());
  const auto sms = accepted();
  leased(sms);
  clock.advance(1s);
  worker.boot = BootId::make(now());
  const auto found = must(store().work().recover(
      worker, [&](ProviderId p) { return p == email_provider ? OnDoubt::resend : OnDoubt::hold; }, now()));
  EXPECT_EQ(found.resent, 1U);
  EXPECT_EQ(found.in_doubt, 1U);
  EXPECT_EQ(status(email), NotificationStatus::queued);
  EXPECT_EQ(status(sms), NotificationStatus::in_doubt);
}

TEST_P(RecoveryTest, a_recovered_attempt_is_recovered_once) {
  const auto job = accepted();
  leased(job);
  EXPECT_EQ(crash(OnDoubt::hold).in_doubt, 1U);
  EXPECT_EQ(crash(OnDoubt::hold).in_doubt, 0U);
  EXPECT_EQ(view(job).timeline.size(), 2U);
}

TEST_P(RecoveryTest, more_than_one_transaction_s_worth_is_recovered_whole) {
  std::vector<LeaseOrder> orders;
  for (int i = 0; i < 600; ++i) orders.push_back({accepted().delivery.id, AttemptId::make(now()), provider, i % 2 == 0});
  ASSERT_EQ(must(store().work().lease(worker, orders, {}, now())).size(), 600U);
  const auto found = crash(OnDoubt::hold);
  EXPECT_EQ(found.in_doubt, 300U);
  EXPECT_EQ(found.released, 300U);
  expect_books_balance();
}

MESSO_EACH_ENGINE(RecoveryTest);

}  // namespace
}  // namespace messo::testing
