#include "scenario/life/life_story.hpp"

namespace messo::test {
namespace {

TEST_F(LifeStory, a_cancelled_message_never_leaves) {
  begin();
  const auto id = post(job("maria@example.it", {{"send_at", in(Millis{3'000})}}), town.key);
  EXPECT_EQ(daemon.post("/v1/notifications/" + id + "/cancel", town.key, "").status, 200);
  EXPECT_EQ(read(id).at("status"), "cancelled");
  EXPECT_EQ(daemon.post("/v1/notifications/" + id + "/cancel", town.key, "").status, 409);
  const auto later = post(job("luca@example.it", {{"send_at", in(Millis{3'500})}}), town.key);
  ASSERT_TRUE(becomes(later, "sent"));
  EXPECT_EQ(peer->counts().messages, 1);
}

}  // namespace
}  // namespace messo::test
