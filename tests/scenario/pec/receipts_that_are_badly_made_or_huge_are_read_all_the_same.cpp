#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;

TEST_F(PecStory, a_wrong_character_set_does_not_keep_a_genuine_receipt_from_counting) {
  begin();
  EXPECT_THAT(told(ends("caratteri", "delivered")), ElementsAre("pec.accepted", "pec.delivered"));
}

TEST_F(PecStory, a_receipt_that_holds_20_megabytes_counts) {
  begin("receipt_kind = \"completa\"\n");
  EXPECT_THAT(told(ends("grande", "delivered", Millis{60'000})), ElementsAre("pec.accepted", "pec.delivered"));
}

TEST_F(PecStory, somebodys_mail_in_the_mailbox_is_no_receipt) {
  begin();
  EXPECT_THAT(told(ends("lettera", "delivered")), ElementsAre("pec.accepted", "pec.delivered"));
  everything_is_read();
  EXPECT_TRUE(admin("/v1/admin/receipts?unmatched=true").at("items").empty());
  EXPECT_TRUE(admin("/v1/admin/receipts/quarantine").at("items").empty());
}

TEST_F(PecStory, junk_in_the_mailbox_holds_up_nothing) {
  begin();
  provider->file(kMailbox, "");
  provider->file(kMailbox, std::string(200'000, '\xff'));
  provider->file(kMailbox, "X-Ricevuta: avvenuta-consegna\r\nContent-Type: multipart/signed; boundary=x\r\n\r\n--x\r\n");
  EXPECT_THAT(told(ends("maria.bianchi", "delivered")), ElementsAre("pec.accepted", "pec.delivered"));
}

}  // namespace
}  // namespace messo::test
