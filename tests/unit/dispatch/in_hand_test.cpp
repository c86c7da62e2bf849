#include "dispatch/in_hand.hpp"

#include <gtest/gtest.h>

#include "dispatch/failover_memory.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;

struct InHandTest : ::testing::Test {
  ManualClock clock;
  InHand in_hand;
  AttemptId add(Millis answer_within) {
    InHandAttempt one;
    one.attempt = AttemptId::make(clock.now());
    one.answer_by = clock.steady() + answer_within;
    in_hand.add({one});
    return one.attempt;
  }
};

TEST_F(InHandTest, TheFirstOutcomeTakesItAndTheSecondFindsNothing) {
  const AttemptId id = add(1min);
  ASSERT_TRUE(in_hand.take(id));
  EXPECT_FALSE(in_hand.take(id));
  EXPECT_FALSE(in_hand.take(AttemptId::make(clock.now())));
}

TEST_F(InHandTest, AnOverdueOneIsReportedOnceAndStillKnownToALateAnswer) {
  const AttemptId late = add(1min), early = add(2min);
  clock.advance(1min);
  const auto overdue = in_hand.overdue(clock.steady());
  ASSERT_EQ(overdue.size(), 1U);
  EXPECT_EQ(overdue[0].attempt, late);
  EXPECT_FALSE(overdue[0].facts.late) << "the silence itself is the first outcome";
  EXPECT_TRUE(in_hand.overdue(clock.steady()).empty());
  EXPECT_EQ(in_hand.size(), 1U);
  const auto answer = in_hand.take(late);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->facts.late);
  EXPECT_TRUE(in_hand.contains(early));
}

TEST_F(InHandTest, AStepOfTheWallClockMakesNothingOverdue) {
  add(1min);
  clock.step_wall(24h);
  EXPECT_TRUE(in_hand.overdue(clock.steady()).empty());
}

TEST_F(InHandTest, RemembersABoundedNumberOfOverdueOnes) {
  const AttemptId first = add(0ms);
  (void)in_hand.overdue(clock.steady());
  for (std::size_t i = 0; i < InHand::kRemembered; ++i) add(0ms);
  (void)in_hand.overdue(clock.steady());
  EXPECT_FALSE(in_hand.take(first));
}

TEST(FailoverMemoryTest, RemembersTheLastFailureOfABoundedNumberOfDeliveries) {
  FailoverMemory memory;
  const Instant now = from_unix_ms(1'780'000'000'000);
  const DeliveryId first = DeliveryId::make(now);
  const ProviderId a = ProviderId::make(now), b = ProviderId::make(now);
  memory.failed(first, a);
  memory.failed(first, b);
  EXPECT_EQ(memory.last(first), b);
  for (std::size_t i = 0; i < FailoverMemory::kRemembered; ++i) memory.failed(DeliveryId::make(now), a);
  EXPECT_EQ(memory.last(first), std::nullopt);
}

}  // namespace
}  // namespace messo
