#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, drop_after_the_final_dot_stays_in_doubt_where_an_operator_decides) {
  begin({"--fail", "final=drop*1"}, {.on_doubt = "hold"});
  const auto id = post("maria@example.it");
  const auto doubt = wait_for(id, "in_doubt");
  EXPECT_EQ(attempts(doubt).size(), 1);
  EXPECT_EQ(attempts(doubt)[0].at("outcome"), "unknown");
  // It is not sent again: the next message passes it by.
  wait_for(post("luca@example.it"), "sent");
  EXPECT_EQ(attempts(read(id)).size(), 1);
  EXPECT_EQ(read(id).at("status"), "in_doubt");
}

}  // namespace
}  // namespace messo::test
