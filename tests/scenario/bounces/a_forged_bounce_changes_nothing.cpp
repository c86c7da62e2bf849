#include "scenario/bounces/bounce_story.hpp"

namespace messo::test {
namespace {

TEST_F(BounceStory, a_forged_bounce_changes_nothing_unless_the_provider_trusts_what_nobody_proved) {
  begin();
  std::string id, own;
  const auto target = sent("maria@example.it", id);
  const auto mine = sent("malintenzionato@example.it", own);

  auto forged = target;  // who knows the Message-ID, and has a return path of another message
  forged.to = mine.to;
  forged.own_id = "<forged-1@evil.example>";
  dovecot->put(peers::postfix_bounce(forged));
  forged.to = dovecot->user().name;
  forged.own_id = "<forged-2@evil.example>";
  dovecot->put(peers::gmail_bounce(forged));

  EXPECT_TRUE(becomes(own, "undelivered")) << "a return path speaks of its own message alone";
  EXPECT_EQ(event(id, "receipt").at("details").at("verification"), "not_checked") << "kept and shown";
  EXPECT_EQ(read(id).at("status"), "sent");
  EXPECT_EQ(delivery(id).at("result"), "sent");
  EXPECT_TRUE(becomes(post("maria@example.it"), "sent")) << "nobody is silenced by a forgery";
}

TEST_F(BounceStory, where_the_provider_trusts_them_bounces_without_proof_count) {
  begin("settle_on = [\"valid\", \"not_checked\"]\n");
  std::string id;
  auto bounce = sent("maria@example.it", id);
  bounce.to = dovecot->user().name;
  dovecot->put(peers::gmail_bounce(bounce));
  EXPECT_TRUE(becomes(id, "undelivered")) << read(id).dump(1);
}

}  // namespace
}  // namespace messo::test
