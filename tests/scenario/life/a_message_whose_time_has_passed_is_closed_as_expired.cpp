#include "scenario/life/life_story.hpp"

namespace messo::test {
namespace {

TEST_F(LifeStory, a_message_whose_time_has_passed_is_closed_as_expired) {
  begin({"--fail", "mail=reply:451 4.3.0 busy"});
  const auto id = post(job("maria@example.it", {{"expires_at", in(Millis{3'000})}}), town.key);
  ASSERT_TRUE(becomes(id, "expired")) << read(id).dump(1);
  EXPECT_EQ(peer->counts().messages, 0);
}

}  // namespace
}  // namespace messo::test
