#include "base/hash.hpp"
#include "scenario/receipts/receipt_story.hpp"
#include "scenario/support/failing_disk.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, a_call_the_store_cannot_keep_is_to_come_again) {
  begin(kPending);
  const auto id = sent();
  const auto body = item("r1", "delivered", reference(id));

  ASSERT_TRUE(let_write(daemon, false));
  const auto refused = call(body);
  EXPECT_EQ(refused.status, 503) << refused.body;
  ASSERT_TRUE(refused.headers.contains("retry-after")) << refused.body;
  EXPECT_GE(std::stoi(refused.headers.at("retry-after")), 1);
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt") << "nothing is half done";
  EXPECT_TRUE(daemon.running());

  ASSERT_TRUE(let_write(daemon, true));
  HttpAnswer again;
  ASSERT_TRUE(wait_until([&] { return (again = call(body)).status == 200; })) << again.status << again.body;
  EXPECT_EQ(read(id).at("status"), "delivered");
  EXPECT_EQ(events(id, "receipt").size(), 1U);

  const auto listed = Json::parse(daemon.must({"receipts", "list", "--json"})).at("items").at(0);
  const auto original = daemon.must({"receipts", "original", listed.at("id")});
  EXPECT_EQ(Json::parse(original), body) << "as the provider sent it";
  EXPECT_EQ(to_hex(as_text(sha256(original))), listed.at("original_sha256"));
}

}  // namespace
}  // namespace messo::test
