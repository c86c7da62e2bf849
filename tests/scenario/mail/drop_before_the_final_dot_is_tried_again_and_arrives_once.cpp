#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, drop_before_the_final_dot_is_tried_again_and_arrives_once) {
  begin({"--fail", "data=drop*1"});
  const auto end = wait_for(post("maria@example.it"), "sent");
  EXPECT_EQ(attempts(end)[0].at("outcome"), "try_later") << "before the final dot it is certain that nobody has it";
  const auto counts = peer->counts();
  EXPECT_EQ(counts.messages, 1);
  EXPECT_EQ(counts.repeated, 0);
}

}  // namespace
}  // namespace messo::test
