#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(TwilioStory, an_answer_nobody_can_read_leaves_a_doubt_and_a_refusal_does_not) {
  begin();
  gateway.next({.status = 400, .body = R"({"code": 21211, "message": "Invalid 'To' Phone Number: +393471234567", "status": 400})"});
  const auto refused = posted();
  reaches(refused, "refused");
  EXPECT_EQ(delivery(refused).at("result"), "refused");
  EXPECT_EQ(reason(refused), "sms_http.bad_number");
  EXPECT_EQ(daemon.log().find("3471234567"), std::string::npos);

  const std::string huge = "{\"sid\": \"" + std::string(500'000, 'x') + "\"}";
  for (const std::string& body : {std::string("<html>gateway"), huge}) {
    gateway.next({.status = 201, .body = body}, true);
    const auto id = posted("+39347765432" + std::to_string(body.size() % 10));
    EXPECT_TRUE(wait_until([&] { return delivery(id).at("phase") == "in_doubt"; })) << read(id).dump(1);
    EXPECT_EQ(reason(id), "sms_http.unreadable_answer");
  }
  EXPECT_EQ(gateway.requests(), 3U);
}

}  // namespace
}  // namespace messo::test
