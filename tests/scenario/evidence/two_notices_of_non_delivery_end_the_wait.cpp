#include "scenario/evidence/evidence_story.hpp"

namespace messo::test {
namespace {

TEST_F(EvidenceStory, two_notices_of_non_delivery_end_the_wait_and_a_late_delivery_is_disputed) {
  begin("script = [{ outcome = \"pending\", as_sent = 100 }]");
  const auto id = posted();
  ASSERT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
  const auto notice = [&](const char* key) {
    return Json{{"id", key}, {"do", "milestone"}, {"milestone", "warning_12h"}, {"ref", reference(id)}};
  };
  arrives(notice("1"));
  ASSERT_TRUE(wait_until([&] { return timeline_has(id, "warning_12h"); }));
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  arrives(notice("2"));
  ASSERT_TRUE(becomes(id, "undelivered")) << read(id).dump(1);
  EXPECT_TRUE(timeline_has(id, "pec.no_delivery_24h"));
  arrives({{"id", "3"}, {"do", "delivered"}, {"ref", reference(id)}});
  ASSERT_TRUE(becomes(id, "delivered"));
  EXPECT_TRUE(delivery(id).at("disputed"));
}

}  // namespace
}  // namespace messo::test
