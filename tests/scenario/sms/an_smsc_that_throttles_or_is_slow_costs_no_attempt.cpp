#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;

class BusySmsc : public SmsStory {
 protected:
  // As many messages, each to a citizen of its own; waits until all have that status.
  void posted_to_all(std::size_t citizens) {
    for (std::size_t i = 0; i < citizens; ++i) ids.push_back(posted("Avviso " + std::to_string(i), citizen(i)));
  }
  void everybody_got_it_once(Millis limit = Millis{60'000}) const {
    ASSERT_TRUE(wait_until([&] { return books().at("open") == 0; }, limit)) << books() << daemon.log();
    EXPECT_EQ(books().at("closed").at("delivered"), ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_THAT(shown(citizen(i)), ElementsAre("Avviso " + std::to_string(i)));
    EXPECT_EQ(smsc->count("taken"), ids.size());
    EXPECT_TRUE(books().at("balanced"));
  }
  std::vector<std::string> ids;
};

TEST_F(BusySmsc, a_throttled_message_waits_and_loses_no_attempt) {
  begin();
  smsc->rule({{"status", "ESME_RTHROTTLED"}, {"times", 2}});
  const auto id = ends("Domani niente acqua dalle 8 alle 12", "delivered");
  EXPECT_EQ(delivery(id).at("attempts_counted"), 1) << read(id).dump(1);
  EXPECT_EQ(reason(id), "smpp.throttled");
  EXPECT_THAT(shown(), ElementsAre("Domani niente acqua dalle 8 alle 12"));
  EXPECT_EQ(smsc->count("throttled"), 2U);
}

TEST_F(BusySmsc, so_does_one_that_finds_the_queue_full) {
  begin();
  smsc->rule({{"status", "ESME_RMSGQFUL"}, {"times", 1}});
  const auto id = ends("Buongiorno", "delivered");
  EXPECT_EQ(delivery(id).at("attempts_counted"), 1) << read(id).dump(1);
  EXPECT_EQ(reason(id), "smpp.queue_full");
  EXPECT_THAT(shown(), ElementsAre("Buongiorno"));
}

TEST_F(BusySmsc, an_smsc_that_takes_few_a_second_gets_all_in_the_end) {
  begin({}, {{"per_second", 10}});
  posted_to_all(40);
  everybody_got_it_once();
}

TEST_F(BusySmsc, a_part_that_is_throttled_does_not_repeat_those_before_it) {
  begin();
  smsc->rule({{"part", 2}, {"status", "ESME_RTHROTTLED"}, {"times", 1}});
  const auto text = std::string(150, 'a') + std::string(150, 'b') + std::string(100, 'c');
  const auto id = ends(text, "delivered");
  EXPECT_THAT(shown(), ElementsAre(text)) << read(id).dump(1);
}

TEST_F(BusySmsc, never_has_more_on_the_way_than_the_window) {
  begin("window = 4\n", {{"window", 4}});
  smsc->rule({{"response_delay_ms", 100}});
  posted_to_all(40);
  everybody_got_it_once();
  EXPECT_EQ(smsc->count("most_outstanding"), 4U);
  EXPECT_EQ(smsc->count("over_window"), 0U);
}

TEST_F(BusySmsc, a_window_that_is_too_large_for_the_smsc_only_throttles) {
  begin("window = 10\n", {{"window", 5}});
  smsc->rule({{"response_delay_ms", 50}});
  posted_to_all(30);
  everybody_got_it_once();
  EXPECT_GT(smsc->count("over_window"), 0U);
}

TEST_F(BusySmsc, a_slow_one_is_waited_for) {
  begin("response_seconds = 5\n", {{"answers_per_second", 20}});
  posted_to_all(40);
  everybody_got_it_once();
  EXPECT_EQ(smsc->count("submits"), 40U);
}

TEST_F(BusySmsc, one_that_never_answers_leaves_a_doubt_and_no_second_message) {
  begin("response_seconds = 2\n");
  smsc->rule({{"silent", true}, {"receipt", "none"}, {"times", 1}});
  const auto id = ends("Buongiorno", "in_doubt");
  EXPECT_EQ(smsc->count("submits"), 1U);
  EXPECT_THAT(shown(), ElementsAre("Buongiorno"));
  ends("Il prossimo passa", "delivered", citizen(2));
  EXPECT_EQ(read(id).at("status"), "in_doubt");
  EXPECT_EQ(smsc->count("submits"), 2U);
}

}  // namespace
}  // namespace messo::test
