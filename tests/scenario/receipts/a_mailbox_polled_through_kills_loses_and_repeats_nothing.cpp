#include <set>

#include "scenario/receipts/receipt_story.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, a_mailbox_polled_through_kills_loses_and_repeats_nothing) {
  begin(kPending);
  constexpr int kMessages = 60;
  std::vector<std::string> ids;
  for (int i = 0; i < kMessages; ++i) ids.push_back(posted("c" + std::to_string(i) + "@example.it"));
  for (const auto& id : ids) ASSERT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
  // A third arrives before each of two kills, which hit the poll wherever it is.
  for (int i = 0; i < kMessages; ++i) {
    arrives(item("u" + std::to_string(i), "delivered", reference(ids[static_cast<std::size_t>(i)])));
    if (i % 20 != 19 || i == kMessages - 1) continue;
    ASSERT_TRUE(wait_until([&] { return !acknowledged().empty(); }));
    daemon.kill9();
    daemon.start();
  }
  for (const auto& id : ids) ASSERT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  ASSERT_TRUE(wait_until([&] {
    const auto told = acknowledged();
    return std::set<std::string>(told.begin(), told.end()).size() == kMessages;
  })) << "what is durable is acknowledged, if need be after the restart";
  for (const auto& id : ids) {
    EXPECT_EQ(events(id, "receipt").size(), 1U) << read(id).dump(1);
    EXPECT_FALSE(delivery(id).at("disputed"));
  }
  EXPECT_TRUE(admin("/v1/admin/receipts?unmatched=true").at("items").empty());
  EXPECT_TRUE(admin("/v1/admin/books").at("balanced"));
}

}  // namespace
}  // namespace messo::test
