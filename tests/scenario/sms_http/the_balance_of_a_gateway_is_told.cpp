#include "scenario/sms_http/gateway_story.hpp"

namespace messo::test {
namespace {

TEST_F(TwilioStory, the_balance_of_a_gateway_is_told) {
  begin();
  const auto said = Json::parse(daemon.must({"provider", "balance", "gateway", "--json"}));
  EXPECT_NE(said.dump().find("12.34"), std::string::npos) << said.dump();
  EXPECT_EQ(gateway.requests(), 0U);
}

}  // namespace
}  // namespace messo::test
