#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(SmsStory, a_submit_cut_in_the_middle_is_in_doubt_and_not_repeated) {
  begin({}, {{"cut_requests", 1}});
  const auto id = ends("Buongiorno", "in_doubt");
  ends("Il prossimo passa", "delivered", citizen(2), Millis{60'000});
  EXPECT_EQ(read(id).at("status"), "in_doubt") << "nobody can know: an operator decides";
  EXPECT_THAT(shown(), IsEmpty());
  daemon.must({"doubt", "resend", id, "--reason", "il gestore non l'ha ricevuto"});
  EXPECT_TRUE(reaches(id, "delivered"));
  EXPECT_THAT(shown(), ElementsAre("Buongiorno"));
}

TEST_F(SmsStory, an_answer_cut_in_the_middle_is_settled_by_the_receipt_that_repeats_our_reference) {
  begin("match_by_user_reference = true\n", {{"echo_reference", true}});
  smsc->rule({{"cut", "response"}, {"times", 1}});
  const auto id = posted("Buongiorno");
  ASSERT_TRUE(reaches(id, "delivered", Millis{60'000}));
  EXPECT_THAT(shown(), ElementsAre("Buongiorno"));
  EXPECT_EQ(smsc->count("submits"), 1U);
  EXPECT_EQ(smsc->count("cuts"), 1U);
}

TEST_F(SmsStory, without_the_reference_it_stays_in_doubt_and_the_receipt_is_kept) {
  begin();
  smsc->rule({{"cut", "response"}, {"times", 1}});
  const auto id = ends("Buongiorno", "in_doubt");
  ASSERT_TRUE(wait_until([&] { return unmatched().size() == 1; }, Millis{60'000})) << daemon.log();
  EXPECT_EQ(read(id).at("status"), "in_doubt");
  EXPECT_EQ(smsc->count("submits"), 1U);
}

TEST_F(SmsStory, the_parts_that_an_answer_names_are_kept_when_the_last_one_is_cut) {
  begin("match_by_user_reference = true\n", {{"echo_reference", true}});
  smsc->rule({{"part", 3}, {"cut", "response"}, {"times", 1}});
  const auto text = std::string(150, 'a') + std::string(150, 'b') + std::string(100, 'c');
  const auto id = posted(text);
  ASSERT_TRUE(reaches(id, "delivered", Millis{60'000}));
  EXPECT_THAT(shown(), ElementsAre(text));
  EXPECT_EQ(smsc->count("submits"), 3U);
}

TEST_F(SmsStory, what_has_no_id_cannot_be_asked_about_and_is_held_until_a_part_of_it_is_heard_of) {
  begin({}, Json::object(), "on_doubt = \"ask\"\n");
  smsc->rule({{"states", Json::array()}});
  smsc->rule({{"part", 2}, {"cut", "response"}, {"times", 1}});
  const auto id = ends(std::string(200, 'a'), "in_doubt");
  const auto held = [&] {
    return Json::parse(daemon.must({"doubt", "list", "--json"})).at("items").at(0).value("why", "") == "cannot_say";
  };
  EXPECT_TRUE(wait_until(held)) << daemon.must({"doubt", "list", "--json"});
  EXPECT_EQ(smsc->count("queries"), 0U);

  smsc->send_receipts("", {"DELIVRD"});
  ASSERT_TRUE(has_receipts(2, Millis{60'000})) << daemon.log();
  EXPECT_TRUE(reaches(id, "awaiting_receipt")) << "the part whose id was lost cannot be told to be on the telephone";
  EXPECT_EQ(unmatched().size(), 1U);
  EXPECT_EQ(smsc->count("submits"), 2U);
}

}  // namespace
}  // namespace messo::test
