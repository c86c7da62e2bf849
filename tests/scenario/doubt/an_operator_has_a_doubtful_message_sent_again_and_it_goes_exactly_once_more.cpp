#include "scenario/doubt/doubt_story.hpp"

namespace messo::test {
namespace {

TEST_F(DoubtStory, an_operator_has_a_doubtful_message_sent_again_and_it_goes_exactly_once_more) {
  begin({"--fail", "final=drop*1"}, {.on_doubt = "hold"});
  const auto id = post_into_doubt();
  const auto before = peer->counts().messages;
  daemon.must({"doubt", "resend", id, "--reason", "il destinatario non ha nulla"});
  wait_for(id, "sent");
  EXPECT_EQ(daemon.messo({"doubt", "resend", id, "--reason", "doppio clic"}).status, 1);
  wait_for(post("luca@example.it"), "sent");
  EXPECT_EQ(peer->counts().messages, before + 2) << "Maria's once more, and Luca's";
  EXPECT_EQ(attempts(read(id)).size(), 2U);
  EXPECT_EQ(timeline(id), (std::vector<std::string>{"accepted", "in_doubt", "resent", "outcome"}));
}

}  // namespace
}  // namespace messo::test
