#include <set>

#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

std::string sms_of(std::size_t characters) {
  std::string out;
  for (std::size_t word = 1; out.size() < characters; ++word) out += "parola" + std::to_string(word) + " ";
  out.resize(characters);
  if (out.back() == ' ') out.back() = '.';
  return out;
}

TEST_F(SmsStory, one_part_is_one_message) {
  begin();
  const auto id = ends("Perché no? Costa 5 €, {tutto} [compreso].", "delivered");
  EXPECT_THAT(shown(), ElementsAre("Perché no? Costa 5 €, {tutto} [compreso]."));
  const auto taken = smsc->messages().at(0);
  EXPECT_EQ(taken.at("from"), kSender);
  EXPECT_EQ(taken.at("from_ton"), 5) << "an alias is alphanumeric";
  EXPECT_EQ(taken.at("to"), "393471234567");
  EXPECT_EQ(taken.at("to_ton"), 1);
  EXPECT_EQ(taken.at("to_npi"), 1);
  EXPECT_EQ(taken.at("data_coding"), 0);
  EXPECT_EQ(taken.at("registered_delivery"), 1);
  EXPECT_THAT(told(id), ElementsAre("sms.delivered"));
  EXPECT_EQ(smsc->count("protocol_errors"), 0U);
  EXPECT_EQ(daemon.log().find("3471234567"), std::string::npos) << "no citizen's number in the log";
}

TEST_F(SmsStory, all_parts_delivered_is_delivered) {
  begin();
  smsc->hold();
  const auto text = sms_of(400);
  const auto id = posted(text);
  ASSERT_TRUE(reaches(id, "awaiting_receipt"));
  EXPECT_THAT(shown(), ElementsAre(text));
  const auto parts = smsc->messages();
  ASSERT_EQ(parts.size(), 3U);
  for (const auto& part : parts) EXPECT_EQ(part.at("how"), "udh");
  smsc->release("reverse");
  ASSERT_TRUE(reaches(id, "delivered"));
  EXPECT_THAT(told(id), AllOf(SizeIs(3), Each("sms.delivered")));
  EXPECT_EQ(delivery(id).at("attempts").size(), 1U);
}

TEST_F(SmsStory, one_part_undelivered_loses_the_whole) {
  begin();
  smsc->rule({{"part", 2}, {"states", {"UNDELIV"}}, {"error", "034"}});
  const auto id = ends(sms_of(400), "undelivered");
  ASSERT_TRUE(wait_until([&] { return told(id).size() == 3; })) << read(id).dump(1);
  EXPECT_THAT(told(id), ::testing::UnorderedElementsAre("sms.delivered", "sms.undelivered", "sms.delivered"));
  EXPECT_EQ(read(id).at("status"), "undelivered");
  EXPECT_EQ(smsc->count("submits"), 3U) << "it is not sent again";
}

TEST_F(SmsStory, two_parts_of_three_are_not_delivered_yet) {
  begin();
  smsc->rule({{"part", 3}, {"receipt", "none"}});
  const auto id = posted(sms_of(400));
  ASSERT_TRUE(wait_until([&] { return told(id).size() == 2; })) << read(id).dump(1);
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  smsc->rule({{"part", 3}});
  smsc->tell("receipts", {{"states", {"DELIVRD"}}, {"form", "text"}});
  EXPECT_TRUE(reaches(id, "delivered"));
}

TEST_F(SmsStory, two_hundred_fifty_five_parts_are_one_message) {
  begin("window = 50\n");
  const auto text = sms_of(255 * 153);
  const auto id = posted(text);
  ASSERT_TRUE(reaches(id, "delivered", Millis{60'000}));
  EXPECT_THAT(shown(), ElementsAre(text));
  EXPECT_EQ(smsc->count("submits"), 255U);
  EXPECT_LE(smsc->count("most_outstanding"), 50U);
  ASSERT_TRUE(wait_until([&] { return told(id).size() == 255; }));
  EXPECT_EQ(delivery(id).at("attempts").size(), 1U);

  const auto refused = daemon.post(
      "/v1/notifications", town.key,
      Json{{"template", "sms-libero"}, {"recipient", {{"language", "it"}, {"phone", kMaria}}}, {"data", {{"testo", sms_of(255 * 153 + 1)}}}}
          .dump());
  EXPECT_EQ(refused.status, 422) << refused.body;
}

TEST_F(SmsStory, an_emoji_on_the_border_of_two_parts_is_not_torn) {
  begin();
  // 67 units a part: the emoji, of two, would begin at the last one of the first part.
  std::string text(66, 'a');
  text += "😀";
  text += std::string(60, 'b');
  ends(text, "delivered");
  EXPECT_THAT(shown(), ElementsAre(text));
  const auto parts = smsc->messages();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts.at(0).at("text"), std::string(66, 'a'));
  EXPECT_EQ(parts.at(0).at("data_coding"), 8);
}

TEST_F(SmsStory, nor_is_a_euro_sign_in_the_gsm_alphabet) {
  begin();
  const auto text = std::string(152, 'a') + "€" + std::string(60, 'b');
  ends(text, "delivered");
  EXPECT_THAT(shown(), ElementsAre(text));
  EXPECT_EQ(smsc->messages().at(0).at("text"), std::string(152, 'a'));
}

struct Form {
  const char* config;
  const char* how;
  std::size_t submits;
};
class SmsForms : public SmsStory, public ::testing::WithParamInterface<Form> {};

TEST_P(SmsForms, arrive_whole_and_settle) {
  begin(GetParam().config, {{"packed", std::string_view(GetParam().config).find("packed") != std::string_view::npos}});
  const auto text = sms_of(398) + "è€";
  const auto id = ends(text, "delivered");
  EXPECT_THAT(shown(), ElementsAre(text));
  EXPECT_EQ(smsc->count("submits"), GetParam().submits);
  EXPECT_EQ(smsc->messages().at(0).at("how"), GetParam().how);
  EXPECT_EQ(told(id).size(), GetParam().submits);
}

INSTANTIATE_TEST_SUITE_P(all, SmsForms,
                         ::testing::Values(Form{"long_messages = \"sar\"\n", "sar", 3},
                                           Form{"long_messages = \"message_payload\"\n", "payload", 1},
                                           Form{"gsm7 = \"packed\"\n", "udh", 3}),
                         [](const auto& form) { return std::string(form.param.how); });

}  // namespace
}  // namespace messo::test
