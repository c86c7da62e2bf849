#include "scenario/doubt/doubt_story.hpp"

namespace messo::test {
namespace {

TEST_F(DoubtStory, kill9_with_a_provider_on_hold_leaves_at_most_what_was_in_hand_and_repeats_none) {
  constexpr std::size_t kInHand = 16, kJobs = 60;
  begin({"--discard", "--ids", "--fail", "final=delay:300"}, {.on_doubt = "hold", .extra = "concurrency = " + std::to_string(kInHand)});
  for (std::size_t i = 0; i < kJobs; ++i) post("c" + std::to_string(i) + "@example.it");
  ASSERT_TRUE(wait_until([&] { return peer->counts().messages >= 4; }));
  daemon.kill9();
  daemon.start();
  const auto left = doubts();
  EXPECT_GE(left.size(), 1U) << "some were on the wire";
  EXPECT_LE(left.size(), kInHand);
  for (const auto& doubt : left) EXPECT_EQ(doubt.at("cause"), "crash");

  peer->tell("clear");
  ASSERT_TRUE(wait_until([&] { return books().at("open") == left.size(); }, Millis{60'000})) << books().dump();
  EXPECT_EQ(doubts().size(), left.size()) << "nobody but an operator settles them";
  EXPECT_EQ(peer->counts().repeated, 0U);
  EXPECT_EQ(books().at("accepted"), kJobs);
  EXPECT_EQ(books().at("closed").at("sent").get<std::size_t>() + left.size(), kJobs);

  for (const auto& doubt : left) daemon.must({"doubt", "close", doubt.at("id"), "--as", "no_outcome", "--reason", "prova"});
  EXPECT_EQ(books().at("open"), 0);
  EXPECT_EQ(books().at("balanced"), true);
  EXPECT_EQ(peer->counts().repeated, 0U);
}

}  // namespace
}  // namespace messo::test
