#include "dispatch/doubt_policy.hpp"

#include <gtest/gtest.h>

namespace messo::testing {
namespace {

using namespace std::chrono_literals;

struct Row {
  std::uint32_t asks;
  Seconds age;
  bool requested;
  std::optional<Seconds> wait;  // empty: held
};

TEST(DoubtPolicy, asks_ever_more_rarely_until_the_deadline_and_then_holds) {
  const Instant since = from_unix_ms(1'780'000'000'000);
  const Row rows[] = {
      {0, 0s, false, 10s},        {1, 10s, false, 30s},
      {2, 40s, false, 60s},       {3, 100s, false, 300s},
      {4, 400s, false, 900s},     {5, 1300s, false, 1800s},
      {6, 3100s, false, 3600s},   {20, 12h, false, 3600s},
      {29, 24h - 1h, false, 1h},  {29, 24h - 10min, false, 10min},  // the deadline is a moment to look
      {30, 24h - 1s, false, 60s},                                   // and the last answer has its minute
      {30, 24h, false, {}},       {30, 48h, false, {}},
      {0, 48h, false, 60s},  // the hub was down: asked once all the same
      {30, 48h, true, 60s},  // an operator wants it
      {3, 100s, true, 300s},
  };
  for (const Row& row : rows) {
    DoubtQuestion question{DeliveryId::make(since), AttemptId::make(since), since, row.asks, row.requested, {}};
    const Instant now = since + row.age;
    const DoubtStep step = next_step(question, now);
    SCOPED_TRACE(std::to_string(row.asks) + " questions, " + std::to_string(row.age.count()) + " s old");
    EXPECT_EQ(step.delivery, question.delivery);
    EXPECT_EQ(step.attempt, question.attempt);
    EXPECT_EQ(step.held, row.wait ? Held::no : Held::asked_in_vain);
    if (row.wait) {
      EXPECT_EQ(step.again_at, now + *row.wait);
    }
  }
}

TEST(DoubtPolicy, a_doubt_is_asked_about_a_bounded_number_of_times) {
  const Instant since = from_unix_ms(0);
  Instant now = since;
  DoubtQuestion question{DeliveryId::make(since), AttemptId::make(since), since, 0, false, {}};
  for (; question.asks < 1000; ++question.asks) {
    const DoubtStep step = next_step(question, now);
    if (step.held != Held::no) break;
    ASSERT_GT(step.again_at, now);
    now = step.again_at;
  }
  EXPECT_GE(question.asks, 25U);
  EXPECT_LE(question.asks, 40U);
  EXPECT_LE(now, since + kAskFor + 2min);
}

}  // namespace
}  // namespace messo::testing
