#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(TwilioStory, a_hub_killed_before_the_answer_came_sends_nothing_twice) {
  begin();
  gateway.next({.then = peers::PeerReply::Then::hang}, true);
  const auto id = posted();
  ASSERT_TRUE(wait_until([&] { return gateway.requests() == 1; }));
  daemon.kill9();
  daemon.start();
  EXPECT_TRUE(wait_until([&] { return delivery(id).at("phase") == "in_doubt"; })) << read(id).dump(1);

  // The gateway has it, and its call names our reference, which was durable before the request left.
  EXPECT_EQ(make(peers::TwilioPeer::call(gateway.sent().at(0), "delivered")).status, 204);
  reaches(id, "delivered");
  EXPECT_EQ(gateway.requests(), 1U);
  EXPECT_THAT(told(id), ::testing::ElementsAre("sms.delivered"));
}

}  // namespace
}  // namespace messo::test
