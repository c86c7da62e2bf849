#include "scenario/sms_cost/sms_cost_story.hpp"

namespace messo::test {
namespace {

class KilledBeforeTheOutcome : public SmsCostStory, public ::testing::WithParamInterface<const char*> {};

// The reference is with the hub and the message with the provider; the hub dies before it hears so.
TEST_P(KilledBeforeTheOutcome, a_receipt_settles_a_message_whose_outcome_a_kill_took) {
  begin({{"gateway",
          "script = [{ outcome = \"drop\", expects = true, arrives = true }]\nmailboxes = [{ name = \"REPORTS\", file = \"" +
              inbox().string() + "\", every_ms = 100 }]",
          GetParam()}});
  const auto id = posted();
  ASSERT_TRUE(wait_until([&] { return arrived("gateway") == 1; }));
  const auto of = reference(id);
  daemon.kill9();
  daemon.start();
  ASSERT_TRUE(becomes(id, "in_doubt")) << read(id).dump(1);
  arrives({{"id", "1"}, {"do", "delivered"}, {"ref", of}});
  ASSERT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_EQ(delivery(id).at("attempts").size(), 1U) << "it was not sent again";
  EXPECT_EQ(arrived("gateway"), 1U);
  EXPECT_TRUE(books().at("balanced"));
}

INSTANTIATE_TEST_SUITE_P(Plugin, KilledBeforeTheOutcome, ::testing::Values("", "isolation = \"process\""),
                         [](const auto& each) { return std::string(each.param).empty() ? "inside" : "in_a_process"; });

}  // namespace
}  // namespace messo::test
