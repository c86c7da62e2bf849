#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;

TEST_F(PecStory, an_address_that_is_no_pec_is_undelivered_at_the_accettazione) {
  begin();
  const auto id = ends("esterno", "undelivered");
  EXPECT_THAT(told(id), ElementsAre("pec.not_pec"));
}

TEST_F(PecStory, where_such_addresses_are_allowed_it_counts_as_accepted_and_an_unsigned_bounce_settles_nothing) {
  begin("accept_external = true\n");
  const auto id = posted("anomalo");
  ASSERT_TRUE(reaches(id, "accepted")) << read(id).dump(1);
  everything_is_read();
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt") << read(id).dump(1);
  EXPECT_FALSE(has_milestone(id, "read"));
}

TEST_F(PecStory, a_bounce_that_came_wrapped_as_an_anomaly_counts_where_unsigned_receipts_are_trusted) {
  begin("accept_external = true\n", {}, {}, "settle_on = [\"valid\", \"not_checked\"]\n");
  const auto id = ends("anomalo", "undelivered");
  EXPECT_TRUE(has_milestone(id, "accepted"));
  EXPECT_EQ(events(id, "receipt").at(0).at("details").at("verification"), "not_checked");
}

}  // namespace
}  // namespace messo::test
