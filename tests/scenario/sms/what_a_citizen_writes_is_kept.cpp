#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::Contains;

TEST_F(SmsStory, an_inbound_message_is_kept_shown_and_matched_with_nothing) {
  begin();
  const auto id = ends("Rispondi SI per confermare", "delivered");
  smsc->inbound("393471234567", kSender, "SÌ, ci sarò €");
  ASSERT_TRUE(wait_until([&] { return smsc->count("inbounds_taken") == 1; })) << daemon.log();
  ASSERT_TRUE(has_receipts(2)) << daemon.log();
  const auto all = receipts();
  const auto inbound = std::ranges::find_if(all, [](const Json& receipt) { return receipt.at("code") == "sms.inbound"; });
  ASSERT_NE(inbound, all.end()) << Json(all).dump(1);
  const auto original = Json::parse(daemon.admin("GET", "/v1/admin/receipts/" + inbound->at("id").get<std::string>() + "/original").body);
  EXPECT_EQ(original.at("text"), "SÌ, ci sarò €");
  EXPECT_EQ(original.at("from"), "393471234567");
  EXPECT_EQ(original.at("to"), kSender);
  EXPECT_EQ(told(id).size(), 1U) << "it says nothing of the message it answers";
  EXPECT_EQ(daemon.log().find("3471234567"), std::string::npos);
}

TEST_F(SmsStory, one_that_comes_while_the_hub_is_away_waits_for_it) {
  begin();
  ends("Buongiorno", "delivered");
  EXPECT_EQ(daemon.stop(), 0);
  smsc->inbound("393471234567", kSender, "Buongiorno a voi");
  daemon.start();
  EXPECT_TRUE(has_receipts(2, Millis{60'000})) << daemon.log();
  EXPECT_EQ(smsc->count("inbounds_taken"), 1U);
}

}  // namespace
}  // namespace messo::test
