#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, server_that_is_down_gets_its_messages_when_it_is_back) {
  begin();
  peer->tell("refuse");
  const auto id = post("maria@example.it");
  EXPECT_EQ(first_attempt(id).at("outcome"), "try_later");
  EXPECT_EQ(read(id).at("status"), "queued");
  peer->tell("accept");
  wait_for(id, "sent", Millis{60'000});
  EXPECT_EQ(peer->counts().messages, 1);
}

}  // namespace
}  // namespace messo::test
