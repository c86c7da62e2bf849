#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;

TEST_F(PecStory, a_message_refused_for_its_form_is_undelivered_without_ever_being_accepted) {
  begin();
  const auto id = ends("formale", "undelivered");
  EXPECT_THAT(told(id), ElementsAre("pec.not_accepted"));
  EXPECT_FALSE(has_milestone(id, "accepted"));
}

TEST_F(PecStory, a_message_refused_for_a_virus_says_so) {
  begin();
  EXPECT_THAT(told(ends("infetta", "undelivered")), ElementsAre("pec.not_accepted_virus"));
  EXPECT_EQ(provider->taken().size(), 1U) << "it is not sent again";
}

}  // namespace
}  // namespace messo::test
