// A provider's share of its pool: lost at once and in proportion, regained little by little.
#include <gtest/gtest.h>

#include "dispatch/health_share.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;

class HealthShareTest : public ::testing::Test {
 protected:
  void answers(int count, bool failed, std::optional<Millis> took = {}) {
    for (int i = 0; i < count; ++i) health.answered(now, failed, took);
  }
  // Of every `each` answers the last one fails.
  void mixed(int count, int each) {
    for (int i = 1; i <= count; ++i) answers(1, i % each == 0);
  }
  double share() const { return health.share(now); }

  HealthShare health;
  Steady now{std::chrono::hours(5)};
};

TEST_F(HealthShareTest, one_that_works_has_its_whole_share) {
  EXPECT_EQ(share(), 1.0);
  answers(1000, false, 20ms);
  EXPECT_EQ(share(), 1.0);
}

TEST_F(HealthShareTest, failures_cost_in_proportion_whatever_the_traffic) {
  struct Case {
    int each;
    double least, most;
  };
  for (const Case one : {Case{2, 0.40, 0.54}, Case{5, 0.70, 0.82}, Case{10, 0.82, 0.92}, Case{50, 0.93, 0.99}}) {
    for (const int traffic : {200, 5000}) {
      health = HealthShare();
      answers(200, false);
      mixed(traffic, one.each);
      EXPECT_GE(share(), one.least) << one.each << " of " << traffic;
      EXPECT_LE(share(), one.most) << one.each << " of " << traffic;
    }
  }
}

TEST_F(HealthShareTest, one_that_fails_altogether_is_down_to_the_least_within_some_dozens_of_answers) {
  answers(10'000, false);
  answers(20, true);
  EXPECT_LT(share(), 0.75);
  answers(100, true);
  EXPECT_LT(share(), 0.25);
  answers(300, true);
  EXPECT_DOUBLE_EQ(share(), 0.02) << "enough to find out that it works again";
}

TEST_F(HealthShareTest, a_single_failure_of_a_rarely_used_one_is_no_catastrophe) {
  answers(1, true);
  EXPECT_DOUBLE_EQ(share(), 0.75);
}

TEST_F(HealthShareTest, what_was_lost_comes_back_within_a_minute_and_not_at_once) {
  answers(300, true);
  ASSERT_LT(share(), 0.05);
  double before = share();
  for (int second = 1; second <= 61; ++second) {
    now += 1s;
    answers(20, false);
    EXPECT_GE(share(), before);
    EXPECT_LE(share(), 0.02 + second / 60.0 + 0.01) << "after " << second << " s";
    before = share();
  }
  EXPECT_EQ(share(), 1.0);
}

TEST_F(HealthShareTest, without_traffic_time_alone_heals) {
  answers(4, true);
  EXPECT_DOUBLE_EQ(share(), 0.02);
  now += 30s;
  EXPECT_NEAR(share(), 0.52, 0.001);
  now += 40s;
  EXPECT_EQ(share(), 1.0);
  answers(1, true);
  EXPECT_GT(share(), 0.6) << "what failed a minute ago counts little";
}

TEST_F(HealthShareTest, an_open_breaker_leaves_the_least_and_its_closing_begins_the_slow_start) {
  health.opened(now);
  now += 10min;
  EXPECT_DOUBLE_EQ(share(), 0.02);
  health.works_again(now);
  EXPECT_DOUBLE_EQ(share(), 0.02);
  now += 15s;
  EXPECT_NEAR(share(), 0.27, 0.001);
  answers(50, false);
  now += 50s;
  EXPECT_EQ(share(), 1.0);
}

TEST_F(HealthShareTest, one_that_is_far_slower_than_the_others_loses_by_how_much) {
  struct Case {
    Millis mine, others;
    double share;
  };
  for (const Case one :
       {Case{20ms, 20ms, 1.0}, Case{200ms, 20ms, 1.0} /* ten times, and still quick */, Case{270ms, 20ms, 1.0}, Case{540ms, 20ms, 0.5},
        Case{2700ms, 20ms, 0.1}, Case{4000ms, 1000ms, 1.0}, Case{8000ms, 1000ms, 0.5}, Case{600s, 10ms, 0.02}, Case{10ms, 10s, 1.0}}) {
    health = HealthShare();
    answers(100, false, one.mine);
    health.compare(now, one.others);
    EXPECT_NEAR(share(), one.share, 0.005) << one.mine.count() << " beside " << one.others.count();
  }
}

TEST_F(HealthShareTest, slowness_is_forgotten_with_new_answers) {
  answers(100, false, 5000ms);
  health.compare(now, 20ms);
  ASSERT_LT(share(), 0.06);
  for (int second = 0; second < 90; ++second) {
    now += 1s;
    answers(5, false, 20ms);
    if (health.latency()) health.compare(now, 20ms);
  }
  EXPECT_LT(health.latency(), 50ms);
  EXPECT_GT(share(), 0.9);
}

TEST_F(HealthShareTest, too_few_answers_tell_no_latency) {
  EXPECT_FALSE(health.latency());
  answers(3, false, 1000ms);
  EXPECT_FALSE(health.latency());
  answers(10, false);
  EXPECT_FALSE(health.latency()) << "those whose time is not known do not count";
  answers(1, false, 1000ms);
  EXPECT_EQ(health.latency(), 1000ms);
}

}  // namespace
}  // namespace messo
