#include "dispatch/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

using namespace std::chrono_literals;
using State = CircuitBreaker::State;

struct BreakerTest : ::testing::Test {
  ManualClock clock;
  CircuitBreaker breaker{{3, 1'000ms, 8'000ms}};
  Steady now() const { return clock.steady(); }
  void fail(int times) {
    for (int i = 0; i < times; ++i) breaker.failure(now());
  }
};

TEST_F(BreakerTest, OpensAfterFailuresInARowOnly) {
  fail(2);
  breaker.success(now());
  fail(2);
  EXPECT_EQ(breaker.state(now()), State::closed);
  fail(1);
  EXPECT_EQ(breaker.state(now()), State::open);
  EXPECT_EQ(breaker.allowed(now()), 0U);
  EXPECT_EQ(breaker.until_allowed(now()), 1s);
}

TEST_F(BreakerTest, LetsOneProbeThroughAndClosesWhenItWorks) {
  fail(3);
  clock.advance(1s);
  EXPECT_EQ(breaker.state(now()), State::half_open);
  EXPECT_EQ(breaker.allowed(now()), 1U);
  breaker.sent_one(now());
  EXPECT_EQ(breaker.allowed(now()), 0U) << "one at a time";
  breaker.success(now());
  EXPECT_EQ(breaker.state(now()), State::closed);
  fail(2);
  EXPECT_EQ(breaker.state(now()), State::closed) << "the count starts anew";
}

TEST_F(BreakerTest, WaitsTwiceAsLongAfterEachFailedProbeUpToALimit) {
  fail(3);
  for (const Millis expected : {1'000ms, 2'000ms, 4'000ms, 8'000ms, 8'000ms}) {
    EXPECT_EQ(breaker.until_allowed(now()), expected);
    clock.advance(expected);
    ASSERT_EQ(breaker.allowed(now()), 1U);
    breaker.sent_one(now());
    breaker.failure(now());
  }
  clock.advance(8s);
  breaker.sent_one(now());
  breaker.success(now());
  fail(3);
  EXPECT_EQ(breaker.until_allowed(now()), 1s) << "it starts small again after it worked";
}

TEST_F(BreakerTest, AThrottledProbeTellsNothingAndAnotherMayGo) {
  fail(3);
  clock.advance(1s);
  breaker.sent_one(now());
  breaker.inconclusive(now());
  EXPECT_EQ(breaker.allowed(now()), 1U);
}

TEST_F(BreakerTest, AnswersToMessagesFromBeforeDoNotMoveAnOpenBreaker) {
  fail(3);
  breaker.success(now());
  EXPECT_EQ(breaker.state(now()), State::open);
  fail(20);
  EXPECT_EQ(breaker.until_allowed(now()), 1s) << "a whole window failing at once is one failure";
}

}  // namespace
}  // namespace messo
