#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(TwilioStory, a_call_before_the_answer_waits_for_it) {
  begin();
  std::atomic<int> answered{0};
  gateway.before_answers([&](const peers::TwilioPeer::Sent& message) {
    auto call = peers::TwilioPeer::call(message, "delivered");
    answered = make(call).status;
  });
  const auto id = posted();
  reaches(id, "delivered");
  EXPECT_EQ(answered, 204);
  EXPECT_THAT(told(id), ::testing::ElementsAre("sms.delivered"));
  EXPECT_EQ(delivery(id).at("attempts").size(), 1U);
  EXPECT_EQ(unmatched().size(), 0U);
}

}  // namespace
}  // namespace messo::test
