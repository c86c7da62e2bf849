#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, drop_after_the_final_dot_is_repeated_with_the_same_message_id_where_resend_is_allowed) {
  begin({"--fail", "final=drop*1"}, {.on_doubt = "resend"});
  const auto end = wait_for(post("maria@example.it"), "sent");
  EXPECT_EQ(attempts(end)[0].at("outcome"), "unknown");
  EXPECT_EQ(peer->counts().unique, 1) << "the same Message-ID both times";
}

}  // namespace
}  // namespace messo::test
