#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, five_percent_refused_recipients_do_not_hold_up_the_others) {
  begin({"--fail", "rcpt=reply:550 5.1.1 no such user%5"});
  constexpr int kMessages = 400;
  for (int i = 0; i < kMessages; ++i) post("cittadino" + std::to_string(i) + "@example.it");
  ASSERT_TRUE(wait_until([&] { return books().at("open") == 0; }, Millis{60'000})) << books().dump();
  const auto closed = books().at("closed");
  EXPECT_EQ(closed.value("sent", 0) + closed.value("refused", 0), kMessages) << closed.dump();
  EXPECT_GT(closed.value("refused", 0), 0);
  EXPECT_EQ(peer->counts().messages, closed.value("sent", 0ULL));
  EXPECT_EQ(peer->counts().repeated, 0);
}

}  // namespace
}  // namespace messo::test
