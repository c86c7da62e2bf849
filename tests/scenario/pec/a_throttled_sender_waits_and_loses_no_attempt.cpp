#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

TEST_F(PecStory, a_throttled_sender_waits_and_loses_no_attempt) {
  begin("preset = \"legalmail\"\n");
  provider->throttle(2);
  const auto id = ends("maria.bianchi", "delivered");
  EXPECT_EQ(delivery(id).at("attempts_counted"), 1) << "a 550 that means \"slow down\" costs nothing: " << read(id).dump(1);
  EXPECT_GE(delivery(id).at("attempts").size(), 2U);
  EXPECT_EQ(provider->taken().size(), 1U);
}

}  // namespace
}  // namespace messo::test
