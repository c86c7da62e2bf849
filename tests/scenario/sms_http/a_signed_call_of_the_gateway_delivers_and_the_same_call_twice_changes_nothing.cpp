#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(TwilioStory, a_signed_call_of_the_gateway_delivers_and_the_same_call_twice_changes_nothing) {
  begin();
  const auto id = posted();
  reaches(id, "awaiting_receipt");
  ASSERT_EQ(gateway.sent().size(), 1U);
  const auto message = gateway.sent()[0];
  EXPECT_EQ(message.to, kMaria);
  EXPECT_EQ(message.from, "ComEsempio");
  EXPECT_TRUE(message.callback.starts_with(callback + "?messo=")) << message.callback;

  const auto forged = make(peers::TwilioPeer::call(message, "delivered", {}, "un altro gettone"));
  EXPECT_EQ(forged.status, 403) << forged.body;
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  EXPECT_THAT(told(id), ::testing::IsEmpty());

  EXPECT_EQ(make(peers::TwilioPeer::call(message, "sent")).status, 204);
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  const auto call = peers::TwilioPeer::call(message, "delivered");
  EXPECT_EQ(make(call).status, 204);
  EXPECT_EQ(read(id).at("status"), "delivered") << "durable before the answer";
  EXPECT_EQ(make(call).status, 204);
  EXPECT_THAT(told(id), ::testing::ElementsAre("sms.delivered"));
  EXPECT_FALSE(delivery(id).at("disputed"));

  const auto log = daemon.log();
  for (const std::string& secret :
       {std::string(peers::TwilioPeer::kToken), std::string(kMaria).substr(3), callback.substr(callback.rfind('/') + 1)})
    EXPECT_EQ(log.find(secret), std::string::npos) << secret;
}

TEST_F(TwilioStory, a_message_that_did_not_arrive_is_undelivered_with_the_networks_code) {
  begin();
  const auto id = posted();
  reaches(id, "awaiting_receipt");
  EXPECT_EQ(make(peers::TwilioPeer::call(gateway.sent().at(0), "undelivered", "30003")).status, 204);
  EXPECT_EQ(read(id).at("status"), "undelivered");
  EXPECT_EQ(delivery(id).at("result"), "undelivered");
  EXPECT_THAT(told(id), ::testing::ElementsAre("sms.undelivered"));
}

}  // namespace
}  // namespace messo::test
