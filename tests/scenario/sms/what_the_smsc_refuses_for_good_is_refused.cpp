#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(SmsStory, a_sender_the_smsc_does_not_know_is_refused_at_once) {
  begin({}, {{"senders", {"Altri"}}});
  const auto id = ends("Buongiorno", "refused");
  EXPECT_EQ(reason(id), "smpp.0000000a");
  EXPECT_EQ(smsc->count("submits"), 1U) << "trying again would not help";
  EXPECT_THAT(shown(), IsEmpty());
}

TEST_F(SmsStory, a_number_it_does_not_know_is_refused_and_the_next_citizen_is_not) {
  begin();
  smsc->rule({{"to", citizen(1).substr(1)}, {"status", "ESME_RINVDSTADR"}});
  const auto id = ends("Buongiorno", "refused", citizen(1));
  EXPECT_EQ(reason(id), "smpp.0000000b");
  EXPECT_EQ(delivery(id).at("attempts").at(0).value("scope", ""), "destination");
  ends("Buongiorno", "delivered", citizen(2));
}

class Validity : public SmsStory, public ::testing::WithParamInterface<const char*> {};

TEST_P(Validity, goes_with_the_message_and_its_end_is_told) {
  begin("validity = \"" + std::string(GetParam()) + "\"\n");
  smsc->rule({{"states", {"EXPIRED"}}});
  const auto ends_at = SystemClock{}.now() + Seconds{7'200};
  const auto id = posted("Il mercato è sospeso", kMaria, {{"expires_at", to_rfc3339(ends_at)}});
  ASSERT_TRUE(reaches(id, "undelivered"));
  EXPECT_THAT(told(id), ElementsAre("sms.expired"));
  const auto validity = parse_rfc3339(smsc->messages().at(0).at("validity").get<std::string>());
  ASSERT_TRUE(validity) << smsc->messages();
  EXPECT_LE(std::chrono::abs(*validity - ends_at), Seconds{5}) << smsc->messages();
}

INSTANTIATE_TEST_SUITE_P(all, Validity, ::testing::Values("relative", "absolute"), [](const auto& how) { return std::string(how.param); });

TEST_F(SmsStory, one_whose_time_is_over_before_the_smsc_is_back_never_leaves) {
  begin();
  ends("Il primo", "delivered", citizen(2));
  smsc->close();
  const auto soon = to_rfc3339(SystemClock{}.now() + Millis{3'000});
  const auto id = posted("Il mercato è sospeso", kMaria, {{"expires_at", soon}});
  ASSERT_TRUE(reaches(id, "expired", Millis{30'000}));
  smsc->listen();
  ends("Il terzo", "delivered", citizen(3), Millis{60'000});
  EXPECT_THAT(shown(), IsEmpty());
}

}  // namespace
}  // namespace messo::test
