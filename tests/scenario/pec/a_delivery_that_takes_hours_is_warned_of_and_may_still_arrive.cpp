#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

TEST_F(PecStory, the_warning_at_12_hours_ends_nothing_and_the_delivery_may_still_come) {
  begin();
  provider->stop_clock();
  const auto id = posted("ritardo");
  ASSERT_TRUE(reaches(id, "accepted"));
  provider->advance(12h + 10min);
  ASSERT_TRUE(reaches(id, "warning_12h")) << read(id).dump(1);
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  provider->advance(1h);
  EXPECT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_THAT(told(id), ElementsAre("pec.accepted", "pec.warning_12h", "pec.delivered"));
  EXPECT_FALSE(delivery(id).at("disputed")) << "a warning is not contradicted by a delivery";
}

TEST_F(PecStory, nothing_within_24_hours_is_the_end) {
  begin();
  provider->stop_clock();
  const auto id = posted("mai");
  ASSERT_TRUE(reaches(id, "accepted"));
  provider->advance(12h + 10min);
  ASSERT_TRUE(reaches(id, "warning_12h"));
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  provider->advance(12h);
  EXPECT_TRUE(becomes(id, "undelivered")) << read(id).dump(1);
  EXPECT_THAT(told(id), ElementsAre("pec.accepted", "pec.warning_12h", "pec.no_delivery_24h"));
}

TEST_F(PecStory, a_second_notice_is_the_end_though_it_looks_like_the_first) {
  begin();
  EXPECT_TRUE(reaches(ends("avvisi", "undelivered"), "warning_12h"));
}

TEST_F(PecStory, what_was_taken_in_charge_and_not_delivered_gets_only_the_notice_of_24_hours) {
  begin();
  const auto id = ends("presa", "undelivered");
  EXPECT_THAT(told(id), ElementsAre("pec.accepted", "pec.no_delivery_24h")) << "presa-in-carico is between the providers";
  EXPECT_FALSE(has_milestone(id, "warning_12h"));
}

TEST_F(PecStory, a_delivery_after_a_failure_counts_and_is_disputed) {
  begin();
  const auto id = ends("tardiva", "delivered");
  EXPECT_THAT(told(id), ElementsAre("pec.accepted", "pec.undelivered", "pec.delivered"));
  EXPECT_TRUE(delivery(id).at("disputed"));
  EXPECT_EQ(events(id, "disputed").size(), 1U);
}

}  // namespace
}  // namespace messo::test
