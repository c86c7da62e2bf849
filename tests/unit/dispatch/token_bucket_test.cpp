#include "dispatch/token_bucket.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

using namespace std::chrono_literals;

const ProviderId kProvider = ProviderId::make(from_unix_ms(1'780'000'000'000));

TEST(TokenBucketTest, StartsFullAndRefillsEvenly) {
  ManualClock clock;
  RateLimiter limiter({10, 0, 0}, clock.steady());
  EXPECT_EQ(limiter.available(clock.steady()), 10U);
  limiter.take(10, clock.steady());
  EXPECT_EQ(limiter.available(clock.steady()), 0U);
  EXPECT_EQ(limiter.until_one(clock.steady()), 100ms);
  clock.advance(99ms);
  EXPECT_EQ(limiter.available(clock.steady()), 0U);
  clock.advance(1ms);
  EXPECT_EQ(limiter.available(clock.steady()), 1U);
  clock.advance(1h);
  EXPECT_EQ(limiter.available(clock.steady()), 10U) << "never more than one window's worth";
}

TEST(TokenBucketTest, TheTightestWindowDecides) {
  ManualClock clock;
  RateLimiter limiter({100, 150, 160}, clock.steady());
  limiter.take(100, clock.steady());
  clock.advance(1s);
  EXPECT_EQ(limiter.available(clock.steady()), 52U) << "150 a minute, 100 used, 2.5 come back a second";
  limiter.take(52, clock.steady());
  clock.advance(1min);
  EXPECT_EQ(limiter.available(clock.steady()), 8U) << "160 a day";
  limiter.take(8, clock.steady());
  EXPECT_NEAR(static_cast<double>(limiter.until_one(clock.steady()).count()), 86'400'000.0 / 160, 120'000);
}

TEST(TokenBucketTest, AnHoursWorthComesBackWithinTheHour) {
  ManualClock clock;
  RateLimiter limiter({.per_minute = 100, .per_hour = 120}, clock.steady());
  limiter.take(100, clock.steady());
  clock.advance(1min);
  EXPECT_EQ(limiter.available(clock.steady()), 22U) << "120 an hour, 100 used, two come back a minute";
  limiter.take(22, clock.steady());
  const auto rows = limiter.save(kProvider, clock.now(), clock.steady());
  clock.advance(30min);  // the daemon was down
  RateLimiter after({.per_minute = 100, .per_hour = 120}, clock.steady());
  for (const RateState& row : rows) after.restore(row, clock.now(), clock.steady());
  EXPECT_EQ(after.available(clock.steady()), 60U);
}

TEST(TokenBucketTest, NoLimitIsNoLimit) {
  ManualClock clock;
  RateLimiter limiter({}, clock.steady());
  EXPECT_FALSE(limiter.limited());
  EXPECT_GT(limiter.available(clock.steady()), 1'000'000U);
  EXPECT_EQ(limiter.until_one(clock.steady()), 0ms);
  EXPECT_TRUE(limiter.save(kProvider, clock.now(), clock.steady()).empty());
}

TEST(TokenBucketTest, WhatWasNotUsedComesBack) {
  ManualClock clock;
  RateLimiter limiter({5, 0, 0}, clock.steady());
  limiter.take(5, clock.steady());
  limiter.give_back(3, clock.steady());
  EXPECT_EQ(limiter.available(clock.steady()), 3U);
  limiter.give_back(30, clock.steady());
  EXPECT_EQ(limiter.available(clock.steady()), 5U);
}

TEST(TokenBucketTest, TheDayQuotaSurvivesARestart) {
  ManualClock clock;
  RateLimiter before({0, 0, 1000}, clock.steady());
  before.take(1000, clock.steady());
  const auto rows = before.save(kProvider, clock.now(), clock.steady());
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].window, "day");

  clock.advance(6h);  // the daemon was down
  RateLimiter after({0, 0, 1000}, clock.steady());
  for (const RateState& row : rows) after.restore(row, clock.now(), clock.steady());
  EXPECT_EQ(after.available(clock.steady()), 250U);
}

TEST(TokenBucketTest, AStepOfTheWallClockChangesNothingWithinTheProcess) {
  ManualClock clock;
  RateLimiter limiter({0, 0, 1000}, clock.steady());
  limiter.take(1000, clock.steady());
  clock.step_wall(24h * 365);
  EXPECT_EQ(limiter.available(clock.steady()), 0U);
  clock.step_wall(-24h * 800);
  EXPECT_EQ(limiter.available(clock.steady()), 0U);
}

TEST(TokenBucketTest, AStateFromTheFutureBringsNoTokensAndBreaksNothing) {
  ManualClock clock;
  RateLimiter limiter({0, 60, 0}, clock.steady());
  limiter.restore({kProvider, "minute", 7, clock.now() + 24h}, clock.now(), clock.steady());
  EXPECT_EQ(limiter.available(clock.steady()), 7U);
  limiter.restore({kProvider, "minute", -5, clock.now()}, clock.now(), clock.steady());
  EXPECT_EQ(limiter.available(clock.steady()), 0U);
  limiter.restore({kProvider, "hour", 1e9, clock.now()}, clock.now(), clock.steady());
  EXPECT_EQ(limiter.available(clock.steady()), 0U);
}

}  // namespace
}  // namespace messo
