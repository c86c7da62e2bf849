#include "scenario/receipts/receipt_story.hpp"

namespace messo::test {
namespace {

TEST_F(ReceiptStory, a_call_of_the_provider_delivers_and_the_same_call_twice_changes_nothing) {
  begin(std::string(kPending) + "\npassword = \"segreta\"");
  const auto id = sent();
  const auto body = item("r1", "delivered", reference(id));
  EXPECT_EQ(call(body).status, 403) << "the plugin checks the secret";
  EXPECT_EQ(read(id).at("status"), "awaiting_receipt");
  const std::vector<std::string> secret{"X-Flaky-Password: segreta"};
  const auto answer = call(body, secret);
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.body, "taken: 1\n");
  EXPECT_EQ(read(id).at("status"), "delivered") << "durable before the answer";
  EXPECT_EQ(call(body, secret).status, 200);
  const auto receipts = events(id, "receipt");
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].at("details").at("verification"), "valid");
  EXPECT_EQ(receipts[0].at("details").at("provider"), "gestore");
  EXPECT_FALSE(delivery(id).at("disputed"));

  EXPECT_EQ(call(item("m1", "milestone", reference(id)), secret).status, 200);
  EXPECT_EQ(delivery(id).at("milestones"), Json::array({"read"}));
  EXPECT_EQ(events(id, "milestone").at(0).at("details").at("milestone"), "read");
  const auto log = daemon.log();
  EXPECT_EQ(log.find(callback.substr(callback.rfind('/') + 1)), std::string::npos) << "the address is a secret";
}

}  // namespace
}  // namespace messo::test
