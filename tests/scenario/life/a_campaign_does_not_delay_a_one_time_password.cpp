#include "scenario/life/life_story.hpp"

#include "support/load_client.hpp"

namespace messo::test {
namespace {

TEST_F(LifeStory, a_campaign_does_not_delay_a_one_time_password) {
  begin({}, {.extra = "rates = { per_second = 200 }\n"});
  const auto bulk = post_jobs({.port = daemon.port(), .key = town.key, .connections = 8}, 3'000, [](std::size_t i) {
    return job("c" + std::to_string(i) + "@example.it", {{"priority", "bulk"}}).dump();
  });
  ASSERT_TRUE(bulk.complete);
  for (int i = 0; i < 5; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const auto id = post(job("otp@example.it", {{"priority", "urgent"}}), town.key);
    ASSERT_TRUE(becomes(id, "sent"));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(1'000));
  }
  EXPECT_GT(books().at("open").get<std::uint64_t>(), 500U) << "the campaign was over too soon to mean anything";
}

}  // namespace
}  // namespace messo::test
