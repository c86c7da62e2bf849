#include "scenario/receipts/receipt_story.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, receipts_come_from_a_plugin_in_a_process_of_its_own) {
  begin(kPending, "isolation = \"process\"");
  const auto called = sent("prima@example.it"), polled = sent("dopo@example.it");
  EXPECT_EQ(call(item("r1", "delivered", reference(called))).status, 200);
  EXPECT_EQ(read(called).at("status"), "delivered");
  arrives(item("u1", "corrupt", ""));
  arrives(item("u2", "delivered", reference(polled)));
  EXPECT_TRUE(becomes(polled, "delivered")) << read(polled).dump(1);
  EXPECT_TRUE(wait_until([&] { return admin("/v1/admin/receipts/quarantine").at("items").size() == 1; }));
  EXPECT_TRUE(wait_until([&] {
    const auto told = acknowledged();
    return std::find(told.begin(), told.end(), "u2") != told.end();
  }));
  EXPECT_EQ(call({{"id", "t"}, {"do", "throw"}}).status, 500);
}

}  // namespace
}  // namespace messo::test
