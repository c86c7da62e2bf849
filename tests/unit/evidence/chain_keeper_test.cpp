#include "unit/evidence/evidence_story.hpp"

namespace messo::testing {
namespace {

TEST_F(EvidenceStory, a_segment_is_closed_when_it_is_full_or_old_enough) {
  const auto made = delivered();  // three entries of at most four
  EXPECT_EQ(*keeper->turn(), 0U);
  clock.advance(59min);
  EXPECT_EQ(*keeper->turn(), 0U);
  clock.advance(1min);
  EXPECT_EQ(*keeper->turn(), 1U);
  EXPECT_EQ(*keeper->turn(true), 0U) << "nothing waits";
  delivered();
  delivered();  // six: one full segment, two stay open
  EXPECT_EQ(*keeper->turn(), 1U);
  EXPECT_EQ(store->evidence_chain().unchained()->at(0).count, 2U);
  EXPECT_EQ(store->evidence_chain().segment(who.organisation, 2)->count, 4U);
}

TEST_F(EvidenceStory, segments_follow_each_other_and_are_signed) {
  for (int i = 0; i < 3; ++i) {
    delivered();
    ASSERT_EQ(*keeper->turn(true), 1U);
  }
  Sha256 previous{};
  for (std::uint64_t number = 1; number <= 3; ++number) {
    const auto segment = store->evidence_chain().segment(who.organisation, number);
    ASSERT_TRUE(segment);
    EXPECT_EQ(segment->previous, previous);
    EXPECT_TRUE(signature_holds(key->public_key(), segment_text(*segment), segment->signature));
    previous = sha256(segment_text(*segment));
  }
}

TEST_F(EvidenceStory, stopping_closes_what_is_open) {
  const auto made = sent();
  keeper->start();
  keeper->stop();
  EXPECT_TRUE(store->evidence_chain().unchained()->empty());
  EXPECT_EQ(store->evidence_chain().entries_of(made.id, 10)->at(0).segment, 1U);
}

TEST_F(EvidenceStory, two_keepers_never_count_an_entry_twice) {
  ChainKeeper other({.leaves = 4}, store->evidence_chain(), *key, clock, *log);
  for (int i = 0; i < 8; ++i) delivered();
  std::thread beside([&] { EXPECT_TRUE(other.turn(true)); });
  EXPECT_TRUE(keeper->turn(true));
  beside.join();
  EXPECT_TRUE(keeper->turn(true));
  std::uint64_t entries = 0;
  const auto last = store->evidence_chain().last_segment(who.organisation);
  for (std::uint64_t number = 1; number <= (*last)->number; ++number)
    entries += store->evidence_chain().segment(who.organisation, number)->count;
  EXPECT_EQ(entries, 24U);
}

TEST_F(EvidenceStory, the_key_is_made_once) { EXPECT_EQ(open_signing_key(store->evidence_chain())->public_key(), key->public_key()); }

TEST_F(EvidenceStory, a_clock_set_back_keeps_no_segment_open) {
  sent();
  clock.step_wall(-24h);
  EXPECT_EQ(*keeper->turn(), 1U);
}

TEST_F(EvidenceStory, a_change_after_the_chain_was_closed_shows_in_the_archive) {
  const auto made = delivered();
  ASSERT_TRUE(keeper->turn(true));
  auto entry = store->evidence_chain().entries_of(made.id, 10)->at(2);
  const auto segment = store->evidence_chain().segment(who.organisation, 1);
  ASSERT_TRUE(place_of(entry, *segment));
  entry.verification = Verification::invalid;
  EXPECT_FALSE(place_of(entry, *segment));
  entry = store->evidence_chain().entries_of(made.id, 10)->at(2);
  entry.happened_at += 1s;
  EXPECT_FALSE(place_of(entry, *segment));
}

}  // namespace
}  // namespace messo::testing
