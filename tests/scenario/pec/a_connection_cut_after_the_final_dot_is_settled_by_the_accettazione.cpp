#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

TEST_F(PecStory, a_connection_cut_after_the_final_dot_is_settled_by_the_accettazione) {
  begin();
  provider->hold();
  const auto id = ends("taglio", "in_doubt");
  provider->release();
  EXPECT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_TRUE(has_milestone(id, "accepted"));
  EXPECT_EQ(provider->taken().size(), 1U) << "PEC is never sent again by itself";
}

TEST_F(PecStory, the_accettazione_alone_ends_the_doubt_and_the_delivery_is_awaited) {
  begin();
  provider->hold();
  const auto id = ends("taglio", "in_doubt");
  provider->release(PecAnswerKind::accettazione);
  ASSERT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
  EXPECT_TRUE(has_milestone(id, "accepted"));
  provider->release();
  EXPECT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
}

TEST_F(PecStory, a_message_lost_with_the_connection_stays_in_doubt_until_an_operator_has_it_sent_again) {
  begin();
  const auto id = ends("perduta", "in_doubt");
  everything_is_read();
  EXPECT_EQ(read(id).at("status"), "in_doubt");
  EXPECT_EQ(delivery(id).at("attempts").size(), 1U) << "PEC is never sent again by itself";
  const auto before = provider->taken().size();
  daemon.must({"doubt", "resend", id, "--reason", "nella casella non c'è nessuna accettazione"});
  EXPECT_TRUE(wait_until([&] { return provider->taken().size() == before + 1; })) << read(id).dump(1);
  EXPECT_EQ(provider->taken().back().recipients.front().substr(0, 7), "perduta");
}

}  // namespace
}  // namespace messo::test
