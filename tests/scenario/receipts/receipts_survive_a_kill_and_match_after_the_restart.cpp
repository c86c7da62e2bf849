#include "scenario/receipts/receipt_story.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, receipts_survive_a_kill_and_match_after_the_restart) {
  begin(kPending);
  const auto told = sent("prima@example.it");
  const auto later = sent("dopo@example.it");
  EXPECT_EQ(call(item("r1", "delivered", reference(told))).status, 200);
  EXPECT_EQ(call(item("r2", "delivered", "nobody knows this one")).status, 200);
  daemon.kill9();
  daemon.start();
  EXPECT_EQ(read(told).at("status"), "delivered");
  EXPECT_EQ(admin("/v1/admin/receipts?unmatched=true").at("items").size(), 1U);
  EXPECT_EQ(call(item("r1", "delivered", reference(told))).status, 200) << "told again after the restart";
  EXPECT_EQ(call(item("r3", "undelivered", reference(later))).status, 200);
  EXPECT_EQ(events(told, "receipt").size(), 1U);
  EXPECT_EQ(read(later).at("status"), "undelivered");
  EXPECT_TRUE(admin("/v1/admin/books").at("balanced"));
}

}  // namespace
}  // namespace messo::test
