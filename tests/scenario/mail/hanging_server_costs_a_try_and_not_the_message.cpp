#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, hanging_server_costs_a_try_and_not_the_message) {
  begin({"--fail", "mail=hang*1"});
  const auto end = wait_for(post("maria@example.it"), "sent", Millis{60'000});
  EXPECT_EQ(attempts(end)[0].at("outcome"), "try_later");
  EXPECT_EQ(peer->counts().messages, 1);
}

}  // namespace
}  // namespace messo::test
