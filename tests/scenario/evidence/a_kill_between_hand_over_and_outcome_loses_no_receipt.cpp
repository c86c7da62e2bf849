#include "scenario/evidence/evidence_story.hpp"

namespace messo::test {
namespace {

class KilledInHand : public EvidenceStory, public ::testing::WithParamInterface<const char*> {};

// The message is kept and with the provider; the hub dies before it hears so. The acceptance names the message and settles the doubt.
TEST_P(KilledInHand, a_kill_between_hand_over_and_outcome_loses_no_receipt) {
  begin("script = [{ outcome = \"drop\", as_sent = 5000, arrives = true }]", GetParam());
  const auto id = posted();
  ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(ledger()) && kept() == 1; }));
  const auto first = reference(id);
  daemon.kill9();
  daemon.start();
  ASSERT_TRUE(becomes(id, "in_doubt")) << read(id).dump(1);
  EXPECT_EQ(reference(id), first) << "it is not sent again";
  arrives({{"id", "1"}, {"do", "milestone"}, {"milestone", "accepted"}, {"ref", first}, {"learns", "opec1.2@pec.example.it"}});
  ASSERT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
  arrives({{"id", "2"}, {"do", "delivered"}, {"learned_ref", "opec1.2@pec.example.it"}});
  ASSERT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_EQ(delivery(id).at("attempts").size(), 1U);
  EXPECT_EQ(kept(), 1U);
  EXPECT_TRUE(books().at("balanced"));
}

INSTANTIATE_TEST_SUITE_P(Plugin, KilledInHand, ::testing::Values("", "isolation = \"process\""),
                         [](const auto& each) { return std::string(each.param).empty() ? "inside" : "in_a_process"; });

}  // namespace
}  // namespace messo::test
