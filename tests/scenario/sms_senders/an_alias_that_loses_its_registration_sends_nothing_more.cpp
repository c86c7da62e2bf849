#include "scenario/sms_senders/sender_story.hpp"

namespace messo::test {
namespace {

TEST_F(SenderStory, an_alias_that_loses_its_registration_sends_nothing_more) {
  begin();
  const std::string phone = "333 1234567";
  EXPECT_EQ(only_code(post(phone, town.key)), "sms_alias_not_registered");
  EXPECT_NE(post(phone, town.key).body.find("(unknown)"), std::string::npos);
  EXPECT_TRUE(simulated(posted(phone, town.test_key))) << "test keys need no registration";

  register_alias("registered");
  const auto first = posted(phone, town.key);
  ASSERT_TRUE(becomes(first, "simulated")) << read(first).dump(1);

  // One waits while the register takes the alias away.
  daemon.must({"provider", "pause", "outbox-sms", "--reason", "prova"});
  const auto second = posted(phone, town.key);
  EXPECT_NE(register_alias("refused").find("are refused until it is registered"), std::string::npos);
  daemon.must({"provider", "resume", "outbox-sms"});
  ASSERT_TRUE(becomes(second, "refused")) << read(second).dump(1);
  EXPECT_EQ(delivery(second).at("result"), "refused");
  EXPECT_EQ(attempt(second).at("reason"), "sms_alias_not_registered") << read(second).dump(1);
  EXPECT_EQ(daemon.messo({"outbox", "show", first}).status, 0);
  EXPECT_NE(daemon.messo({"outbox", "show", second}).status, 0) << "nothing was handed over";
  EXPECT_EQ(only_code(post(phone, town.key)), "sms_alias_not_registered");

  const auto audit = daemon.admin("GET", "/v1/admin/audit?limit=20").body;
  EXPECT_NE(audit.find("sms_sender comune \\\"Comune\\\": state registered -> refused"), std::string::npos) << audit;
  EXPECT_NE(daemon.must({"sms", "sender", "list"}).find("refused"), std::string::npos);
}

}  // namespace
}  // namespace messo::test
