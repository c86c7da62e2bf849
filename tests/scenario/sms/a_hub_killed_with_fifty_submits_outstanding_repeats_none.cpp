#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;

class KilledWithFiftyOut : public SmsStory {
 protected:
  static constexpr std::size_t kOut = 50, kJobs = 60;
  static constexpr auto kWindow = "window = 53\n";  // the hub keeps a sixteenth of it for urgent messages

  // The SMSC has taken fifty messages and answered none when the hub dies. Then it runs again, and the SMSC answers as usual.
  void killed(const std::string& config) {
    begin(std::string(kWindow) + "queue_per_bind = 0\nresponse_seconds = 60\n" + config, {{"echo_reference", true}});
    smsc->rule({{"silent", true}});
    smsc->hold();
    for (std::size_t i = 0; i < kJobs; ++i) ids.push_back(posted("Avviso " + std::to_string(i), citizen(i)));
    ASSERT_TRUE(wait_until([&] { return smsc->count("taken") == kOut; })) << smsc->stats().dump();
    daemon.kill9();
    smsc->clear_rules();
    daemon.start();
  }
  std::size_t in_status(const std::string& status) const {
    std::size_t out = 0;
    for (const auto& id : ids) out += read(id).at("status") == status ? 1 : 0;
    return out;
  }
  std::vector<std::string> ids;
};

TEST_F(KilledWithFiftyOut, receipts_that_repeat_our_reference_settle_all_fifty) {
  killed("match_by_user_reference = true\n");
  smsc->release();
  ASSERT_TRUE(wait_until([&] { return books().at("open") == 0; }, Millis{60'000})) << books() << smsc->stats();
  EXPECT_EQ(books().at("closed").at("delivered"), kJobs);
  EXPECT_EQ(smsc->count("taken"), kJobs) << "each once";
  for (std::size_t i = 0; i < kJobs; ++i) EXPECT_THAT(shown(citizen(i)), ElementsAre("Avviso " + std::to_string(i)));
  EXPECT_TRUE(books().at("balanced"));
}

TEST_F(KilledWithFiftyOut, without_it_fifty_wait_for_an_operator_and_nothing_is_sent_twice) {
  killed({});
  ASSERT_TRUE(wait_until([&] { return smsc->count("taken") == kJobs; }, Millis{60'000})) << smsc->stats();
  smsc->release();
  ASSERT_TRUE(wait_until([&] { return unmatched().size() == kOut && in_status("delivered") == kJobs - kOut; }, Millis{60'000}));
  EXPECT_EQ(in_status("in_doubt"), kOut);
  EXPECT_EQ(smsc->count("submits"), kJobs);
  for (std::size_t i = 0; i < kJobs; ++i) EXPECT_EQ(shown(citizen(i)).size(), 1U);
  EXPECT_TRUE(books().at("balanced"));
}

}  // namespace
}  // namespace messo::test
