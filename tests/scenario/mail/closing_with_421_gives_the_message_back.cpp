#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, closing_with_421_gives_the_message_back) {
  begin({"--fail", "mail=reply-then-drop:421 4.3.2 closing down*1"}, {.config = "throttle_seconds = 1\n"});
  const auto end = wait_for(post("maria@example.it"), "sent");
  EXPECT_EQ(attempts(end)[0].at("outcome"), "try_later");
  EXPECT_EQ(peer->counts().messages, 1);
}

}  // namespace
}  // namespace messo::test
