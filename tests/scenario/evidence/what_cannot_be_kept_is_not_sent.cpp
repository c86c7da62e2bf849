#include "scenario/evidence/evidence_story.hpp"

namespace messo::test {
namespace {

TEST_F(EvidenceStory, what_cannot_be_kept_is_not_sent_and_goes_once_it_can) {
  begin("script = [{ outcome = \"pending\", as_sent = 100 }]", "[provider.retry]\nwaits = [\"1 s\"]\n");
  const auto blobs = daemon.data() / "blobs";
  ASSERT_FALSE(std::filesystem::exists(blobs));
  std::ofstream(blobs) << "in the way\n";
  const auto id = posted();
  ASSERT_TRUE(wait_until([&] { return timeline_has(id, "flaky.not_kept"); })) << read(id).dump(1);
  EXPECT_NE(daemon.log().find("MSO-2518"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(ledger())) << "no byte has left";
  std::filesystem::remove(blobs);
  ASSERT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
  EXPECT_EQ(kept(), 1U);
  std::ifstream arrived(ledger());
  std::string line;
  std::size_t lines = 0;
  while (std::getline(arrived, line)) ++lines;
  EXPECT_EQ(lines, 1U);
}

}  // namespace
}  // namespace messo::test
