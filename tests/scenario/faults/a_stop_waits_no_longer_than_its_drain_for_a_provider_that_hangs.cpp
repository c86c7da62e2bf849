#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

class DrainStory : public FaultStory {
 protected:
  // A message hangs with the server at `stage`; the hub is told to stop and gives up on it in time.
  std::string stop_while_hanging_at(const std::string& stage) {
    settings("[node]\ndrain = \"1 s\"");
    begin({"--fail", stage + "=hang*1"}, {.on_doubt = "hold"});
    const auto id = post(job("maria@example.it"), town.key);
    EXPECT_TRUE(wait_until([&] {
      const auto delivery = read(id).at("steps")[0].at("deliveries")[0];
      return delivery.at("phase") == "handed_over" && peer->tell("stats").find("\"connections\":0") == std::string::npos;
    })) << read(id).dump(1);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(daemon.stop(), 0) << daemon.log();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(12)) << "the mail server is waited for ten minutes otherwise";
    EXPECT_NE(daemon.log().find("MSO-1003"), std::string::npos);
    daemon.start();
    return id;
  }
};

TEST_F(DrainStory, what_had_not_left_goes_after_the_next_start) {
  const auto id = stop_while_hanging_at("mail");
  EXPECT_TRUE(becomes(id, "sent")) << read(id).dump(1);
  expect_each_arrived_once();
}

TEST_F(DrainStory, what_may_have_left_is_in_doubt_and_not_sent_again) {
  const auto id = stop_while_hanging_at("final");
  EXPECT_TRUE(becomes(id, "in_doubt")) << read(id).dump(1);
  ASSERT_TRUE(becomes(post(job("luca@example.it"), town.key), "sent"));
  EXPECT_EQ(read(id).at("steps")[0].at("deliveries")[0].at("attempts").size(), 1);
}

}  // namespace
}  // namespace messo::test
