#include "scenario/bounces/bounce_story.hpp"

namespace messo::test {
namespace {

TEST_F(BounceStory, a_delay_and_a_complaint_are_milestones_beside_the_result) {
  begin();
  std::string slow, angry;
  auto delayed = sent("lenta@example.it", slow);
  delayed.action = "delayed";
  delayed.status = "4.4.1";
  delayed.diagnostic = {};
  dovecot->put(peers::postfix_bounce(delayed));
  EXPECT_EQ(event(slow, "milestone").at("details").at("code"), "smtp.delayed-4.4.1");

  auto about = sent("maria@example.it", angry);
  const auto return_path = about.to;
  about.to = "reclami@comune.example.it";
  dovecot->put(peers::complaint(about, "abuse", return_path));
  EXPECT_EQ(event(angry, "milestone").at("details").at("code"), "smtp.complaint");

  EXPECT_EQ(receipts_that("delayed"), 1);
  EXPECT_EQ(receipts_that("complained"), 1);
  EXPECT_EQ(delivery(slow).at("milestones"), Json::array({"delayed"}));
  EXPECT_EQ(delivery(angry).at("milestones"), Json::array({"complained"}));
  EXPECT_EQ(read(slow).at("status"), "sent");
  EXPECT_EQ(read(angry).at("status"), "sent") << "who complains has got it";
  EXPECT_TRUE(becomes(post("maria@example.it"), "suppressed")) << "and wants no more of them";
}

}  // namespace
}  // namespace messo::test
