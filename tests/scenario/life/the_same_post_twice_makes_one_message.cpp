#include "scenario/life/life_story.hpp"

namespace messo::test {
namespace {

TEST_F(LifeStory, the_same_post_twice_makes_one_message) {
  begin();
  const auto body = job("maria@example.it").dump();
  const auto first = daemon.post("/v1/notifications", town.key, body, {"Idempotency-Key: pratica-7"});
  const auto again = daemon.post("/v1/notifications", town.key, body, {"Idempotency-Key: pratica-7"});
  ASSERT_EQ(again.status, 202) << again.body;
  EXPECT_EQ(nlohmann::json::parse(first.body).at("id"), nlohmann::json::parse(again.body).at("id"));
  EXPECT_EQ(daemon.post("/v1/notifications", town.key, job("luca@example.it").dump(), {"Idempotency-Key: pratica-7"}).status, 409);
  ASSERT_TRUE(becomes(nlohmann::json::parse(first.body).at("id"), "sent"));
  EXPECT_EQ(books().at("accepted"), 1);
  EXPECT_EQ(peer->counts().messages, 1);
}

}  // namespace
}  // namespace messo::test
