#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, unknown_recipient_is_refused_for_good) {
  begin({"--fail", "rcpt=reply:550 5.1.1 no such user"});
  const auto end = wait_for(post("nessuno@example.it"), "refused");
  ASSERT_EQ(attempts(end).size(), 1);
  EXPECT_EQ(attempts(end)[0].at("outcome"), "refused");
  EXPECT_EQ(attempts(end)[0].at("reason"), "smtp.550-5.1.1");
  EXPECT_EQ(peer->counts().messages, 0);
}

}  // namespace
}  // namespace messo::test
