#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(PecStory, a_legal_notice_is_accepted_and_delivered) {
  begin();
  const auto id = ends("maria.bianchi", "delivered");
  EXPECT_THAT(told(id), ElementsAre("pec.accepted", "pec.delivered"));
  EXPECT_TRUE(has_milestone(id, "accepted"));
  for (const auto& receipt : receipts()) {
    EXPECT_EQ(receipt.at("verification"), "valid") << receipt.dump(1);
    EXPECT_EQ(receipt.at("notification"), id) << receipt.dump(1);
  }
  EXPECT_TRUE(books().at("balanced"));
}

TEST_F(PecStory, what_leaves_is_what_the_providers_access_point_asks_for) {
  begin();
  ends("maria.bianchi", "delivered");
  const auto taken = provider->taken();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].refusal, "");
  EXPECT_THAT(taken[0].recipients, ElementsAre("maria.bianchi@pec.cittadini.example.it"));
  EXPECT_EQ(taken[0].receipt_type, "breve");
  EXPECT_THAT(taken[0].parameters, Not(HasSubstr("NOTIFY"))) << "a report of delivery comes back as an anomaly";
  EXPECT_THAT(taken[0].bytes, Not(HasSubstr("Disposition-Notification-To")));
  EXPECT_FALSE(taken[0].message_id.empty());
  EXPECT_LE(taken[0].message_id.size(), 200U);
}

TEST_F(PecStory, the_kind_of_receipt_is_the_one_asked_for) {
  begin("receipt_kind = \"completa\"\n");
  ends("maria.bianchi", "delivered");
  EXPECT_EQ(provider->taken().at(0).receipt_type, "completa");
}

TEST_F(PecStory, receipts_come_over_pop3_as_well) {
  begin({}, "protocol = \"pop3\"\n");
  const auto id = ends("maria.bianchi", "delivered");
  EXPECT_THAT(told(id), ElementsAre("pec.accepted", "pec.delivered"));
  EXPECT_TRUE(becomes(posted("piena"), "undelivered"));
}

}  // namespace
}  // namespace messo::test
