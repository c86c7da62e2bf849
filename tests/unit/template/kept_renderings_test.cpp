// What was rendered at the post waits for dispatch within a bound.
#include "template/kept_renderings.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

RenderedMessage message_of(std::size_t bytes) {
  RenderedMessage out;
  out.parts.push_back({"text", "text/plain; charset=utf-8", std::string(bytes, 'x')});
  return out;
}

struct Kept : testing::Test {
  ManualClock clock;
  KeptRenderings kept{clock, 100'000};
  DeliveryId next() { return DeliveryId::make(clock.now()); }
};

TEST_F(Kept, is_given_once) {
  const auto delivery = next();
  kept.keep(delivery, message_of(10));
  EXPECT_GE(kept.bytes(), 10U);
  const auto taken = kept.take(delivery);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->part("text")->body, "xxxxxxxxxx");
  EXPECT_FALSE(kept.take(delivery));
  EXPECT_EQ(kept.bytes(), 0U);
}

TEST_F(Kept, leaves_out_the_newest_where_there_is_no_room) {
  const auto first = next(), second = next(), third = next();
  kept.keep(first, message_of(60'000));
  kept.keep(second, message_of(60'000));
  kept.keep(third, message_of(10'000));
  EXPECT_LE(kept.bytes(), 100'000U);
  EXPECT_TRUE(kept.take(first));
  EXPECT_FALSE(kept.take(second));
  EXPECT_TRUE(kept.take(third));
}

TEST_F(Kept, those_that_nobody_takes_make_room) {
  const auto stuck = next(), later = next();
  kept.keep(stuck, message_of(90'000));
  clock.advance(KeptRenderings::kLongest + Seconds(1));
  kept.keep(later, message_of(90'000));
  EXPECT_FALSE(kept.take(stuck));
  EXPECT_TRUE(kept.take(later));
}

}  // namespace
}  // namespace messo
