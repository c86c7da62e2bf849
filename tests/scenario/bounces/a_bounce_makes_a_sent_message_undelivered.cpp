#include "scenario/bounces/bounce_story.hpp"

namespace messo::test {
namespace {

TEST_F(BounceStory, a_bounce_makes_a_sent_message_undelivered) {
  begin();
  std::string hard, soft, fine;
  const auto unknown = sent("nessuno@example.it", hard);
  auto full = sent("piena@example.it", soft);
  full.status = "5.2.2";
  full.diagnostic = "smtp; 552 5.2.2 mailbox full";
  const auto quiet = sent("maria@example.it", fine);

  dovecot->put(peers::postfix_bounce(unknown));
  dovecot->put(peers::exchange_bounce(full));
  dovecot->put(peers::out_of_office(quiet.to));

  EXPECT_TRUE(becomes(hard, "undelivered")) << read(hard).dump(1);
  EXPECT_TRUE(becomes(soft, "undelivered")) << read(soft).dump(1);
  EXPECT_EQ(event(hard, "receipt").at("details").at("code"), "smtp.bounce-5.1.1");
  EXPECT_EQ(event(hard, "receipt").at("details").at("verification"), "valid");
  EXPECT_EQ(event(hard, "receipt").at("details").at("scope"), "destination");
  EXPECT_EQ(event(soft, "receipt").at("details").at("code"), "smtp.bounce-5.2.2");
  EXPECT_FALSE(event(soft, "receipt").at("details").contains("scope")) << "a full mailbox is no bad address";
  EXPECT_EQ(read(fine).at("status"), "sent");
  EXPECT_EQ(delivery(hard).at("result"), "undelivered");

  // The same bounce again, by another way: one receipt.
  auto again = unknown;
  again.further = "Received: from elsewhere.example.net\r\n";
  dovecot->put(peers::postfix_bounce(again));
  std::string last;
  dovecot->put(peers::postfix_bounce(sent("altro@example.it", last)));
  EXPECT_TRUE(becomes(last, "undelivered"));
  EXPECT_EQ(events(hard, "receipt").size(), 1U);

  EXPECT_EQ(receipts_that("bad_address"), 2) << "hard ones";
  EXPECT_EQ(receipts_that("undelivered"), 1) << "soft ones";

  EXPECT_TRUE(becomes(post("nessuno@example.it"), "suppressed")) << "there is nobody to write to";
  EXPECT_TRUE(becomes(post("piena@example.it"), "sent")) << "there may be room again";
}

}  // namespace
}  // namespace messo::test
