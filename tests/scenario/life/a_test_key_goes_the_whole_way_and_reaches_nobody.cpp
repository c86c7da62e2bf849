#include "scenario/life/life_story.hpp"

namespace messo::test {
namespace {

TEST_F(LifeStory, a_test_key_goes_the_whole_way_and_reaches_nobody) {
  begin();
  const auto id = post(job("maria@example.it"), town.test_key);
  ASSERT_TRUE(wait_until([&] {
    return nlohmann::json::parse(daemon.get("/v1/notifications/" + id, town.test_key).body).at("status") == "simulated";
  })) << read(id).dump(1);
  EXPECT_EQ(books().at("closed").at("sent"), 0);
  EXPECT_EQ(peer->counts().messages, 0);
}

}  // namespace
}  // namespace messo::test
