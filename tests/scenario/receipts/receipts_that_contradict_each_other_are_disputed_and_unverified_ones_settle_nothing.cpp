#include "scenario/receipts/receipt_story.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, receipts_that_contradict_each_other_are_disputed) {
  begin(kPending);
  const auto id = sent();
  EXPECT_EQ(call(item("r1", "undelivered", reference(id))).status, 200);
  EXPECT_EQ(read(id).at("status"), "undelivered");
  EXPECT_FALSE(delivery(id).at("disputed"));
  EXPECT_EQ(call(item("r2", "delivered", reference(id))).status, 200);
  EXPECT_EQ(read(id).at("status"), "delivered");
  EXPECT_TRUE(delivery(id).at("disputed"));
  EXPECT_EQ(events(id, "disputed").size(), 1U);
  EXPECT_NE(daemon.must({"status", id, "--service", "comune/sportello"}).find("receipts contradict each other"), std::string::npos);
}

TEST_F(ReceiptStory, a_receipt_that_was_not_verified_is_shown_and_settles_nothing) {
  begin(kPending);
  const auto id = sent();
  auto unchecked = item("r1", "delivered", reference(id));
  unchecked["verification"] = "not_checked";
  EXPECT_EQ(call(unchecked).status, 200);
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  EXPECT_EQ(events(id, "receipt").at(0).at("details").at("verification"), "not_checked");
}

TEST_F(ReceiptStory, unless_the_providers_setting_trusts_it) {
  begin(kPending, "settle_on = [\"valid\", \"not_checked\"]");
  const auto id = sent();
  auto unchecked = item("r1", "delivered", reference(id));
  unchecked["verification"] = "not_checked";
  EXPECT_EQ(call(unchecked).status, 200);
  EXPECT_EQ(read(id).at("status"), "delivered");
}

}  // namespace
}  // namespace messo::test
