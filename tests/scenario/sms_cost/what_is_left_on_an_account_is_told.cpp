#include "scenario/sms_cost/sms_cost_story.hpp"

namespace messo::test {
namespace {

class BalanceStory : public SmsCostStory {};

TEST_F(BalanceStory, what_is_left_on_an_account_is_told) {
  begin({{"alfa", "balance = { amount = \"12.34\", currency = \"EUR\", messages = 830, text = \"until March\" }"},
         {"beta", "balance = { problem = \"password: the account does not know it\" }"},
         {"gamma", ""}});
  EXPECT_EQ(daemon.must({"provider", "balance", "alfa"}), "12.34 EUR, 830 messages  (until March)\n");
  const auto one = Json::parse(daemon.must({"provider", "balance", "alfa", "--json"}));
  EXPECT_EQ(one.at("amount"), "12.34");
  EXPECT_EQ(one.at("messages"), 830);
  const auto none = daemon.messo({"provider", "balance", "gamma"});
  EXPECT_NE(none.status, 0);
  EXPECT_NE(none.err.find("cannot be asked what is left"), std::string::npos) << none.err;
  const auto all = daemon.messo({"provider", "balance"});
  EXPECT_NE(all.status, 0) << "one of them does not answer";
  EXPECT_NE(all.out.find("12.34 EUR, 830 messages"), std::string::npos) << all.out;
  EXPECT_NE(all.out.find("the account does not know it"), std::string::npos) << all.out;
  EXPECT_EQ(all.out.find("gamma"), std::string::npos) << all.out;
}

}  // namespace
}  // namespace messo::test
