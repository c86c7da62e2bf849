#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(TwilioStory, a_gateway_that_reads_the_post_and_closes_gets_it_once_and_its_call_settles_the_doubt) {
  begin("connections = 1");
  const auto first = posted();
  reaches(first, "awaiting_receipt");  // so that the connection is a kept one
  gateway.next({.then = peers::PeerReply::Then::close}, true);
  const auto id = posted("+393471234568");
  EXPECT_TRUE(wait_until([&] { return delivery(id).at("phase") == "in_doubt"; })) << read(id).dump(1);
  EXPECT_EQ(reason(id), "sms_http.cut");
  const auto third = posted("+393471234569");
  reaches(third, "awaiting_receipt");
  EXPECT_EQ(gateway.requests(), 3U) << "nothing was repeated";
  EXPECT_EQ(delivery(id).at("attempts").size(), 1U);

  // The hub never learnt the gateway's id; the call names our own.
  EXPECT_EQ(make(peers::TwilioPeer::call(gateway.sent().at(1), "delivered")).status, 204);
  reaches(id, "delivered");
  EXPECT_EQ(gateway.requests(), 3U);
}

}  // namespace
}  // namespace messo::test
