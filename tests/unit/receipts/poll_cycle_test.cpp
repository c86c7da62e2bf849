#include "receipts/poll_cycle.hpp"

#include <gmock/gmock.h>

#include "receipt_doubles.hpp"

namespace messo {
namespace {

using test::broken_item;
using test::item_with;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

TEST(SortPage, takes_what_is_fresh_and_only_acknowledges_what_was_taken_before) {
  PolledPage page{{item_with("a"), item_with("b"), broken_item("c"), item_with("d"), {"e", {}, {}, {}, {}}}, "5", false};
  const std::vector known{ItemKnown::fresh, ItemKnown::seen, ItemKnown::fresh, ItemKnown::quarantined, ItemKnown::fresh};
  const auto sorted = sort_page(std::move(page), known, {});
  EXPECT_THAT(sorted.seen, ElementsAre("a", "e"));
  ASSERT_EQ(sorted.receipts.size(), 1U);
  EXPECT_EQ(sorted.receipts[0].dedupe_key, "a");
  EXPECT_THAT(sorted.known, ElementsAre("b"));
  ASSERT_EQ(sorted.troubled.size(), 1U);
  EXPECT_EQ(sorted.troubled[0].id, "c");
  EXPECT_THAT(sorted.missing, IsEmpty());
}

TEST(SortPage, an_item_handed_out_twice_counts_once) {
  PolledPage page{{item_with("a"), item_with("a"), broken_item("b"), broken_item("b")}, "4", false};
  const std::vector known(4, ItemKnown::fresh);
  const auto sorted = sort_page(std::move(page), known, {});
  EXPECT_THAT(sorted.seen, ElementsAre("a"));
  EXPECT_EQ(sorted.receipts.size(), 1U);
  EXPECT_EQ(sorted.troubled.size(), 1U);
}

TEST(SortPage, what_was_asked_for_again_and_is_not_there_is_missing_unless_more_follows) {
  const std::vector<std::string> again{"x", "a"};
  const std::vector known{ItemKnown::fresh};
  EXPECT_THAT(sort_page({{item_with("a")}, "1", false}, known, again).missing, ElementsAre("x"));
  EXPECT_THAT(sort_page({{item_with("a")}, "1", true}, known, again).missing, IsEmpty());
}

TEST(PollBackOff, doubles_up_to_the_longest) {
  EXPECT_EQ(poll_back_off(1, 5s, 900s), 5s);
  EXPECT_EQ(poll_back_off(3, 5s, 900s), 20s);
  EXPECT_EQ(poll_back_off(40, 5s, 900s), 900s);
}

}  // namespace
}  // namespace messo
