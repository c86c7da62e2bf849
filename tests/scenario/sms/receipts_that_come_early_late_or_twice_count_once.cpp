#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(SmsStory, a_receipt_before_the_answer_finds_its_message) {
  begin();
  smsc->rule({{"receipt_first", true}, {"response_delay_ms", 300}});
  const auto id = ends("Buongiorno", "delivered");
  EXPECT_THAT(told(id), ElementsAre("sms.delivered"));
  EXPECT_THAT(unmatched(), IsEmpty());
}

TEST_F(SmsStory, a_receipt_that_comes_twice_counts_once) {
  begin();
  smsc->rule({{"receipt_times", 2}});
  const auto id = ends("Buongiorno", "delivered");
  ASSERT_TRUE(wait_until([&] { return smsc->count("receipts_taken") == 2; })) << "the second one is answered too";
  EXPECT_THAT(told(id), ElementsAre("sms.delivered"));
  EXPECT_EQ(receipts().size(), 1U);
}

TEST_F(SmsStory, receipts_on_the_way_are_no_end) {
  begin();
  smsc->rule({{"states", {"ENROUTE", "ACCEPTD"}}});
  const auto id = posted("Buongiorno");
  ASSERT_TRUE(wait_until([&] { return smsc->count("receipts_taken") == 2; })) << daemon.log();
  ASSERT_TRUE(reaches(id, "awaiting_receipt"));
  smsc->send_receipts("", {"DELIVRD"});
  EXPECT_TRUE(reaches(id, "delivered"));
}

TEST_F(SmsStory, each_final_state_has_its_code) {
  begin();
  const std::vector<std::pair<std::string, std::string>> states{
      {"UNDELIV", "sms.undelivered"}, {"EXPIRED", "sms.expired"}, {"REJECTD", "sms.rejected"}, {"DELETED", "sms.deleted"}};
  for (std::size_t i = 0; i < states.size(); ++i) {
    smsc->rule({{"to", citizen(i).substr(1)}, {"states", {states[i].first}}});
    const auto id = ends("Buongiorno", "undelivered", citizen(i));
    EXPECT_THAT(told(id), ElementsAre(states[i].second));
  }
}

TEST_F(SmsStory, a_later_word_that_it_arrived_wins_and_is_disputed) {
  begin();
  smsc->rule({{"states", {"UNDELIV"}}});
  const auto id = ends("Buongiorno", "undelivered");
  smsc->send_receipts("", {"DELIVRD"});
  EXPECT_TRUE(reaches(id, "delivered"));
  EXPECT_TRUE(delivery(id).at("disputed"));
}

TEST_F(SmsStory, receipts_over_a_restart_match) {
  begin();
  smsc->hold();
  const auto id = posted("Buongiorno");
  ASSERT_TRUE(reaches(id, "awaiting_receipt"));
  daemon.kill9();
  smsc->release();  // nobody there to take it
  daemon.start();
  EXPECT_TRUE(reaches(id, "delivered", Millis{60'000}));
  EXPECT_THAT(told(id), ElementsAre("sms.delivered"));
  EXPECT_EQ(smsc->count("submits"), 1U);
}

TEST_F(SmsStory, receipts_on_another_bind_match) {
  begin("binds = 2\n");
  smsc->rule({{"receipt_on", "other"}});
  for (std::size_t i = 0; i < 6; ++i) ends("Buongiorno", "delivered", citizen(i));
  EXPECT_EQ(smsc->stats().at("bound").size(), 2U);
}

TEST_F(SmsStory, receipts_on_the_receiver_of_a_pair_match) {
  begin("mode = \"transmitter+receiver\"\n");
  ends("Buongiorno", "delivered");
  std::vector<std::string> kinds;
  const auto stats = smsc->stats();
  for (const auto& bind : stats.at("bound")) kinds.push_back(bind.at("kind"));
  EXPECT_THAT(kinds, ::testing::UnorderedElementsAre("transmitter", "receiver"));
}

TEST_F(SmsStory, receipts_for_messages_of_somebody_else_are_taken_and_match_nothing) {
  begin();
  const auto id = ends("Buongiorno", "delivered");
  smsc->rule({{"receipt_times", 1}});
  smsc->set({{"receipt_radix", 10}, {"receipt_id_digits", 0}});
  const auto stranger = peers::run_npm_esme({{"port", smsc->port()},
                                             {"bind", "transmitter"},
                                             {"messages", {{{"destination_addr", "393330000001"}, {"short_message", "altrui"}}}}});
  ASSERT_EQ(stranger.at("submits").at(0).at("status"), 0) << stranger.dump();
  ASSERT_TRUE(wait_until([&] { return unmatched().size() == 1; })) << daemon.log();
  EXPECT_THAT(told(id), ElementsAre("sms.delivered"));
}

struct Ids {
  const char* name;
  nlohmann::json smsc;
  const char* config;
};
class SmsIds : public SmsStory, public ::testing::WithParamInterface<Ids> {};

TEST_P(SmsIds, match) {
  begin(GetParam().config, GetParam().smsc);
  for (std::size_t i = 0; i < 3; ++i) ends("Buongiorno", "delivered", citizen(i));
  EXPECT_THAT(unmatched(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    all, SmsIds,
    ::testing::Values(
        Ids{"hexadecimal", {{"id_radix", 16}}, "receipt_ids = \"same\"\n"},
        Ids{"hexadecimal_with_decimal_receipts", {{"id_radix", 16}, {"receipt_radix", 10}}, "receipt_ids = \"decimal-of-hex\"\n"},
        Ids{"decimal_with_hexadecimal_receipts", {{"receipt_radix", 16}}, "receipt_ids = \"hex-of-decimal\"\n"},
        Ids{"hexadecimal_with_decimal_receipts_found_out", {{"id_radix", 16}, {"receipt_radix", 10}}, "receipt_ids = \"auto\"\n"},
        Ids{"decimal_with_hexadecimal_receipts_found_out", {{"receipt_radix", 16}}, "receipt_ids = \"auto\"\n"},
        Ids{"leading_zeros_in_receipts", {{"receipt_id_digits", 14}}, ""}, Ids{"leading_zeros_in_answers", {{"id_digits", 14}}, ""},
        Ids{"upper_case_and_zeros", {{"id_radix", 16}, {"upper_case", true}, {"id_digits", 12}}, ""},
        Ids{"keys_in_upper_case_and_seconds", {{"receipt_keys", "upper"}, {"receipt_seconds", true}}, ""}),
    [](const auto& ids) { return std::string(ids.param.name); });

class SmsReceiptForms : public SmsStory, public ::testing::WithParamInterface<const char*> {};

TEST_P(SmsReceiptForms, settle) {
  begin();
  smsc->rule({{"receipt", GetParam()}, {"states", {"UNDELIV"}}, {"error", "027"}});
  const auto id = ends("Buongiorno", "undelivered");
  EXPECT_THAT(told(id), ElementsAre("sms.undelivered"));
}

INSTANTIATE_TEST_SUITE_P(all, SmsReceiptForms, ::testing::Values("text", "tlv", "both"),
                         [](const auto& form) { return std::string(form.param); });

}  // namespace
}  // namespace messo::test
