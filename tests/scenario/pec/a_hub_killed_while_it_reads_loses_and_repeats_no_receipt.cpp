#include "scenario/pec/pec_story.hpp"
#include "support/long_check.hpp"

namespace messo::test {
namespace {

using ::testing::UnorderedElementsAre;

TEST_F(PecStory, a_hub_killed_while_it_reads_loses_and_repeats_no_receipt) {
  begin();
  provider->hold();
  // `./dev check --long`: 200 kills.
  const std::size_t kills = long_check() ? 200 : 6, between = 12, notices = kills * between / 2 + 4;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < notices; ++i) ids.push_back(posted("c" + std::to_string(i)));
  ASSERT_TRUE(provider->wait_for_taken(notices, Millis{120'000}));
  // Every kill hits the poll wherever it is: at a message, between poll and commit, after it.
  provider->delay(Millis{10});
  provider->release();
  for (std::size_t kill = 1; kill <= kills; ++kill) {
    ASSERT_TRUE(provider->wait_for_filed(kill * between, Millis{60'000}));
    daemon.kill9();
    daemon.start();
  }
  for (const auto& id : ids) {
    ASSERT_TRUE(becomes(id, "delivered", Millis{60'000})) << read(id).dump(1);
    EXPECT_THAT(told(id), UnorderedElementsAre("pec.accepted", "pec.delivered")) << read(id).dump(1);
    EXPECT_FALSE(delivery(id).at("disputed"));
  }
  EXPECT_EQ(provider->taken().size(), notices) << "nothing is sent twice";
  EXPECT_TRUE(admin("/v1/admin/receipts?unmatched=true").at("items").empty());
  EXPECT_TRUE(admin("/v1/admin/books").at("balanced"));
}

}  // namespace
}  // namespace messo::test
