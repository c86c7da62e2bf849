#include "scenario/receipts/receipt_story.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, an_item_nobody_can_read_waits_in_quarantine_and_holds_up_nothing) {
  begin(kPending);
  const auto before = sent("prima@example.it");
  const auto after = sent("dopo@example.it");
  arrives(item("u1", "delivered", reference(before)));
  arrives(item("u2", "corrupt", ""));
  arrives(item("u3", "corrupt", ""));
  arrives(item("u4", "delivered", reference(after)));
  EXPECT_TRUE(becomes(before, "delivered"));
  EXPECT_TRUE(becomes(after, "delivered"));
  const auto quarantine = [&] { return admin("/v1/admin/receipts/quarantine").at("items"); };
  ASSERT_TRUE(wait_until([&] { return quarantine().size() == 2; }));
  daemon.kill9();
  daemon.start();
  ASSERT_EQ(quarantine().size(), 2U) << "it is durable";
  EXPECT_NE(daemon.admin("GET", "/status").body.find("receipts_quarantined"), std::string::npos);
  const auto listed = daemon.must({"receipts", "quarantine", "list"});
  EXPECT_NE(listed.find("the item is corrupt"), std::string::npos) << listed;

  auto rows = quarantine();
  if (rows[0].at("item") != "u2") std::swap(rows[0], rows[1]);
  const std::string second = rows[0].at("id"), third = rows[1].at("id");
  const auto raw = daemon.folder() / "raw";
  daemon.must({"receipts", "quarantine", "show", second, "--raw", raw.string()});
  std::string bytes;
  std::getline(std::ifstream(raw), bytes);
  EXPECT_EQ(Json::parse(bytes).at("id"), "u2");
  EXPECT_NE(daemon.must({"receipts", "quarantine", "show", second}).find("INBOX"), std::string::npos);

  // The provider repairs the one; the other is given up.
  const auto late = sent("tardi@example.it");
  std::string lines;
  for (const auto& line : {item("u1", "delivered", reference(before)), item("u2", "delivered", reference(late)), item("u3", "corrupt", ""),
                           item("u4", "delivered", reference(after))}) {
    lines += line.dump() + "\n";
  }
  std::ofstream(inbox()) << lines;
  daemon.must({"receipts", "quarantine", "retry", second});
  EXPECT_TRUE(becomes(late, "delivered")) << read(late).dump(1);
  daemon.must({"receipts", "quarantine", "drop", third});
  EXPECT_TRUE(quarantine().empty());
  EXPECT_TRUE(wait_until([&] {
    const auto told = acknowledged();
    return std::find(told.begin(), told.end(), "u3") != told.end();
  })) << "the provider may forget it now";
  EXPECT_NE(daemon.admin("GET", "/v1/admin/audit").body.find("was dropped"), std::string::npos);
}

}  // namespace
}  // namespace messo::test
