#include "scenario/receipts/receipt_story.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, a_receipt_before_the_outcome_waits_for_it) {
  begin("script = [{ outcome = \"pending\", delay_ms = 3000 }]");
  const auto id = posted("maria@example.it");
  ASSERT_TRUE(wait_until([&] { return !reference(id).empty(); }));
  EXPECT_EQ(call(item("r1", "delivered", reference(id))).status, 200);
  const auto waiting = admin("/v1/admin/receipts?unmatched=true").at("items");
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].at("references").at(0).at("value"), reference(id));
  EXPECT_NE(daemon.must({"receipts", "list", "--unmatched"}).find("gestore"), std::string::npos);
  EXPECT_EQ(read(id).at("status"), "queued");
  ASSERT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_TRUE(admin("/v1/admin/receipts?unmatched=true").at("items").empty());
  // What was said of it while nobody knew whose it was lies with its organisation afterwards.
  const auto receipt = admin("/v1/admin/receipts").at("items").at(0);
  EXPECT_EQ(receipt.at("notification"), id);
  EXPECT_EQ(receipt.at("original_sha256").get<std::string>().size(), 64U);
}

}  // namespace
}  // namespace messo::test
