#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(SkebbyStory, a_session_that_expired_is_made_anew_once_and_calls_show_their_secret) {
  begin("callback_secret = \"segreto-delle-chiamate\"");
  const auto first = posted();
  reaches(first, "awaiting_receipt");
  gateway.expire_sessions();
  const auto second = posted("+393471234568");
  reaches(second, "awaiting_receipt");
  EXPECT_EQ(gateway.sign_ins(), 2U);
  ASSERT_EQ(gateway.sent().size(), 2U);

  const auto call = [&](const std::string& address, const std::string& order, const std::string& status) {
    return http({.method = "POST",
                 .url = address,
                 .headers = {"Content-Type: application/x-www-form-urlencoded"},
                 .body = "delivery_date=20261122101010&order_id=" + order + "&status=" + status + "&recipient=%2B393471234567"})
        .status;
  };
  const std::string order = gateway.sent()[0].at("order_id");
  EXPECT_EQ(call(callback, order, "DLVRD"), 403);
  EXPECT_EQ(call(callback + "?messo=sbagliato", order, "DLVRD"), 403);
  EXPECT_EQ(read(first).at("status"), "awaiting_receipt");
  EXPECT_EQ(call(callback + "?messo=segreto-delle-chiamate", order, "WAIT4DLVR"), 200);
  EXPECT_EQ(call(callback + "?messo=segreto-delle-chiamate", order, "DLVRD"), 200);
  EXPECT_EQ(read(first).at("status"), "delivered");
  EXPECT_EQ(call(callback + "?messo=segreto-delle-chiamate", gateway.sent()[1].at("order_id"), "INVALIDDST"), 200);
  EXPECT_EQ(delivery(second).at("result"), "undelivered");
}

TEST_F(SkebbyStory, a_wrong_password_pauses_the_provider_until_it_is_mended_and_loses_nothing) {
  daemon.start();
  town = found_town(daemon, {});
  const auto config = "gateway = \"skebby\"\naccount = \"" + std::string(peers::SkebbyPeer::kUser) + "\"\nbase_url = \"" +
                      gateway.base_url() + "\"\nsender = \"ComEsempio\"\npassword = ";
  provide(config + "\"sbagliata\"", {}, false);
  const auto id = posted();
  EXPECT_TRUE(wait_until([&] {
    return daemon.must({"provider", "show", "gateway"}).find("check account and password") != std::string::npos;
  })) << daemon.must({"provider", "show", "gateway"});
  EXPECT_EQ(gateway.requests(), 0U);
  provide(config + "\"" + peers::SkebbyPeer::kPassword + "\"", {}, false);
  reaches(id, "awaiting_receipt");
  EXPECT_EQ(gateway.sent().size(), 1U);
}

}  // namespace
}  // namespace messo::test
