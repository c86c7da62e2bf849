#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(TwilioStory, a_gateway_that_asks_to_slow_down_costs_no_attempt) {
  begin("connections = 1");
  gateway.next(
      {.status = 429, .body = R"({"code": 20429, "message": "Too many requests", "status": 429})", .headers = {{"Retry-After", "1"}}});
  gateway.next(
      {.status = 429, .body = R"({"code": 20429, "message": "Too many requests", "status": 429})", .headers = {{"Retry-After", "1"}}});
  const auto id = posted();
  reaches(id, "awaiting_receipt");
  EXPECT_EQ(gateway.requests(), 3U);
  EXPECT_EQ(gateway.sent().size(), 1U);
  EXPECT_EQ(reason(id, 0), "sms_http.queue_full");
}

}  // namespace
}  // namespace messo::test
