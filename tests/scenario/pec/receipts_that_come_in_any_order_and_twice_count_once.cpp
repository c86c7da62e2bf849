#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::UnorderedElementsAre;

TEST_F(PecStory, a_delivery_receipt_before_the_accettazione_counts) {
  begin();
  const auto id = ends("inversa", "delivered");
  EXPECT_TRUE(reaches(id, "accepted")) << read(id).dump(1);
  EXPECT_THAT(told(id), UnorderedElementsAre("pec.accepted", "pec.delivered"));
  EXPECT_EQ(read(id).at("status"), "delivered");
  EXPECT_FALSE(delivery(id).at("disputed"));
}

TEST_F(PecStory, a_receipt_without_our_message_id_is_matched_by_what_the_accettazione_taught) {
  begin();
  provider->hold(PecAnswerKind::accettazione);
  const auto id = posted("anonima");
  ASSERT_TRUE(has_receipts(1)) << daemon.log();
  EXPECT_EQ(admin("/v1/admin/receipts?unmatched=true").at("items").size(), 1U) << "nobody knows the provider's id yet";
  EXPECT_NE(read(id).at("status"), "delivered");
  provider->release();
  EXPECT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_TRUE(has_milestone(id, "accepted"));
  EXPECT_TRUE(admin("/v1/admin/receipts?unmatched=true").at("items").empty());
}

TEST_F(PecStory, receipts_that_come_twice_count_once) {
  begin();
  const auto id = ends("doppia", "delivered");
  everything_is_read();
  EXPECT_THAT(told(id), UnorderedElementsAre("pec.accepted", "pec.delivered"));
}

TEST_F(PecStory, and_so_do_those_that_come_again_later) {
  begin();
  const auto id = ends("maria.bianchi", "delivered");
  provider->file_again();
  everything_is_read();
  EXPECT_THAT(told(id), UnorderedElementsAre("pec.accepted", "pec.delivered"));
}

TEST_F(PecStory, receipts_filed_before_the_server_answers_the_final_dot_find_their_message) {
  begin();
  provider->smtp().add("final[maria]=delay:3000");
  const auto id = posted("maria.bianchi");
  ASSERT_TRUE(has_receipts(2)) << "the receipts are here";
  EXPECT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_EQ(provider->taken().size(), 1U);
}

}  // namespace
}  // namespace messo::test
