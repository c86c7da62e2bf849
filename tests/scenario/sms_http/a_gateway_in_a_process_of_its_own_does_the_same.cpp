#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(TwilioStory, a_gateway_in_a_process_of_its_own_does_the_same) {
  begin("connections = 1", "isolation = \"process\"");
  const auto id = posted();
  reaches(id, "awaiting_receipt");
  EXPECT_EQ(make(peers::TwilioPeer::call(gateway.sent().at(0), "delivered", {}, "un altro gettone")).status, 403);
  EXPECT_EQ(make(peers::TwilioPeer::call(gateway.sent().at(0), "delivered")).status, 204);
  reaches(id, "delivered");

  gateway.next({.then = peers::PeerReply::Then::close}, true);
  const auto doubtful = posted("+393471234568");
  EXPECT_TRUE(wait_until([&] { return delivery(doubtful).at("phase") == "in_doubt"; })) << read(doubtful).dump(1);
  EXPECT_EQ(make(peers::TwilioPeer::call(gateway.sent().at(1), "undelivered", "30003")).status, 204);
  reaches(doubtful, "undelivered");
  EXPECT_EQ(gateway.requests(), 2U);
  EXPECT_NE(daemon.must({"provider", "balance", "gateway", "--json"}).find("12.34"), std::string::npos);
}

}  // namespace
}  // namespace messo::test
