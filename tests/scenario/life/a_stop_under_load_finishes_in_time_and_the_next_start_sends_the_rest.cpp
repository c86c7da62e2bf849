#include "scenario/life/life_story.hpp"

#include <atomic>
#include <thread>

#include "support/load_client.hpp"

namespace messo::test {
namespace {

TEST_F(LifeStory, a_stop_under_load_finishes_in_time_and_the_next_start_sends_the_rest) {
  begin();
  std::atomic<bool> enough = false;
  LoadReport report;
  std::thread poster([&] {
    report = post_jobs(
        {.port = daemon.port(), .key = town.key, .connections = 8, .repeat_until_accepted = true}, 1'000'000,
        [](std::size_t i) { return reminder_job("c" + std::to_string(i) + "@example.it", "S-" + std::to_string(i)); }, {},
        [&] { return enough.load(); });
  });
  EXPECT_TRUE(wait_until([&] { return peer->counts().messages > 200; }));
  EXPECT_EQ(daemon.stop(), 0) << daemon.log();
  enough = true;
  poster.join();
  daemon.start();
  ASSERT_TRUE(wait_until([&] { return books().at("open") == 0; }, Millis{60'000})) << books().dump();
  EXPECT_EQ(books().at("closed").at("sent"), books().at("accepted"));
  EXPECT_GE(books().at("accepted").get<std::uint64_t>(), report.accepted);
  EXPECT_EQ(peer->counts().messages, books().at("accepted").get<std::uint64_t>()) << "a stop in good order repeats nothing";
}

}  // namespace
}  // namespace messo::test
