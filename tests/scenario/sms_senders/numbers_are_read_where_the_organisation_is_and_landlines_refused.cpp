#include "scenario/sms_senders/sender_story.hpp"

namespace messo::test {
namespace {

TEST_F(SenderStory, numbers_are_read_where_the_organisation_is_and_landlines_refused) {
  begin("region = \"SM\"\n[[sms_sender]]\norganisation = \"comune\"\nalias = \"Comune\"\nstate = \"registered\"\n");
  EXPECT_NE(daemon.must({"organisation", "list"}).find(" SM "), std::string::npos);
  const auto id = posted("66 66 12 12", town.key);
  ASSERT_TRUE(becomes(id, "simulated")) << read(id).dump(1);
  EXPECT_EQ(read(id).at("recipient").at("phone"), "+37866661212");
  const std::pair<const char*, const char*> refused[] = {{"0549 886377", "phone_landline"},     {"+39 06 69821", "phone_landline"},
                                                         {"+39 899 123456", "phone_premium"},   {"+39 848 800800", "phone_shared_cost"},
                                                         {"+39 800 123456", "phone_toll_free"}, {"+39 55 1234 5678", "phone_voip"},
                                                         {"113", "phone_short_number"},         {"66", "phone_invalid"}};
  for (const auto& [phone, code] : refused) EXPECT_EQ(only_code(post(phone, town.key)), code) << phone;

  // A daemon that is killed has them all again.
  daemon.kill9();
  daemon.start();
  EXPECT_NE(daemon.must({"organisation", "list"}).find(" SM "), std::string::npos);
  EXPECT_TRUE(becomes(posted("66 66 12 12", town.key), "simulated"));
}

TEST_F(SenderStory, a_document_with_an_alias_nobody_registered_is_applied_with_a_warning) {
  begin();
  const auto told =
      apply("[[sms_sender]]\norganisation = \"comune\"\nalias = \"Comune\"\nstate = \"pending\"\nnote = \"chiesto a maggio\"\n");
  EXPECT_NE(told.find("+ sms_sender comune \"Comune\" (pending)"), std::string::npos) << told;
  EXPECT_NE(told.find("service comune/sportello: its SMS are refused"), std::string::npos) << told;
  EXPECT_EQ(only_code(post("+39 333 1234567", town.key)), "sms_alias_not_registered");
  const auto again =
      apply("[[sms_sender]]\norganisation = \"comune\"\nalias = \"Comune\"\nstate = \"registered\"\nregistered_on = \"2026-06-01\"\n");
  EXPECT_EQ(again.find("refused:"), std::string::npos) << again;
  EXPECT_TRUE(becomes(posted("+39 333 1234567", town.key), "simulated"));
}

}  // namespace
}  // namespace messo::test
