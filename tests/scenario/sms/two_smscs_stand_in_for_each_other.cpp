#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;
using ::testing::Ge;

class TwoSmscs : public SmsStory {
 protected:
  void begin_both() {
    smsc = std::make_unique<peers::NpmSmsc>();
    other = std::make_unique<peers::NpmSmsc>();
    begin_without_provider();
    apply(provider_entry(*smsc, "primo") + provider_entry(*other, "secondo"));
  }
  void posted_to(std::size_t first, std::size_t last) {
    for (std::size_t i = first; i < last; ++i) posted("Avviso " + std::to_string(i), citizen(i));
  }
  bool all_closed(Millis limit = Millis{60'000}) const {
    return wait_until([&] { return books().at("open") == 0; }, limit);
  }
  // How often the citizen's telephone showed something, whichever SMSC it came over.
  std::size_t times(std::size_t number) const {
    return smsc->phone(citizen(number).substr(1)).size() + other->phone(citizen(number).substr(1)).size();
  }
  std::unique_ptr<peers::NpmSmsc> other;
};

TEST_F(TwoSmscs, both_work_and_when_one_is_gone_the_other_takes_all) {
  begin_both();
  posted_to(0, 20);
  ASSERT_TRUE(all_closed()) << daemon.log();
  EXPECT_THAT(smsc->count("taken"), Ge(1U));
  EXPECT_THAT(other->count("taken"), Ge(1U));

  smsc->close();
  posted_to(20, 40);
  ASSERT_TRUE(all_closed()) << daemon.log();
  EXPECT_EQ(books().at("closed").at("delivered"), 40);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(times(i), 1U) << i;
}

TEST_F(TwoSmscs, what_one_refuses_for_now_goes_over_the_other) {
  begin_both();
  smsc->rule({{"status", "ESME_RSYSERR"}});
  posted_to(0, 10);
  ASSERT_TRUE(all_closed()) << daemon.log();
  EXPECT_EQ(books().at("closed").at("delivered"), 10);
  EXPECT_EQ(other->count("taken"), 10U);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(times(i), 1U) << i;
}

TEST_F(TwoSmscs, what_one_may_have_does_not_go_over_the_other) {
  begin_both();
  smsc->rule({{"cut", "response"}});
  other->rule({{"cut", "response"}});
  const auto id = ends("Buongiorno", "in_doubt");
  smsc->clear_rules();
  other->clear_rules();
  posted_to(1, 6);
  ASSERT_TRUE(wait_until([&] { return books().at("open") == 1; }, Millis{60'000})) << daemon.log();
  EXPECT_EQ(read(id).at("status"), "in_doubt");
  EXPECT_EQ(smsc->phone(kMaria + 1).size() + other->phone(kMaria + 1).size(), 1U);
}

}  // namespace
}  // namespace messo::test
