#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, busy_server_is_tried_again_until_it_takes_the_message) {
  begin({"--fail", "mail=reply:451 4.3.0 try again later*2"});
  const auto end = wait_for(post("maria@example.it"), "sent");
  ASSERT_EQ(attempts(end).size(), 3) << end.dump(1);
  EXPECT_EQ(attempts(end)[0].at("outcome"), "try_later");
  EXPECT_EQ(attempts(end)[2].at("outcome"), "sent");
  EXPECT_EQ(peer->counts().messages, 1);
}

}  // namespace
}  // namespace messo::test
