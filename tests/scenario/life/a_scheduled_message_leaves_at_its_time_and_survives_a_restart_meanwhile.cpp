#include "scenario/life/life_story.hpp"

namespace messo::test {
namespace {

TEST_F(LifeStory, a_scheduled_message_leaves_at_its_time_and_survives_a_restart_meanwhile) {
  begin();
  const auto id = post(job("maria@example.it", {{"send_at", in(Millis{4'000})}}), town.key);
  EXPECT_EQ(read(id).at("steps")[0].at("deliveries")[0].at("phase"), "scheduled");
  daemon.kill9();
  EXPECT_EQ(peer->counts().messages, 0);
  daemon.start();
  ASSERT_TRUE(becomes(id, "sent")) << read(id).dump(1);
  const auto end = read(id);
  EXPECT_GE(end.at("ended_at").get<std::string>(), end.at("send_at").get<std::string>());
  EXPECT_EQ(peer->counts().messages, 1);
}

}  // namespace
}  // namespace messo::test
