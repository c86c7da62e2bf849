#include "scenario/faults/fault_story.hpp"
#include "scenario/support/failing_disk.hpp"

namespace messo::test {
namespace {

TEST_F(FaultStory, a_disk_that_fails_under_the_running_hub_stops_intake_and_repeats_nothing) {
  begin({"--fail", "final=delay:200"}, {.on_doubt = "hold", .extra = "rates = { per_second = 20 }\n"});
  std::string first;
  for (int i = 0; i < 40; ++i) first = post(job("prima" + std::to_string(i) + "@example.it"), town.key);
  ASSERT_TRUE(wait_until([&] { return peer->counts().messages > 3; }));

  ASSERT_TRUE(let_write(daemon, false));
  HttpAnswer answer;
  EXPECT_TRUE(wait_until([&] { return says_try_later(answer = try_to_post()); })) << answer.status << answer.body;
  EXPECT_TRUE(wait_until([&] { return daemon.get("/status", "").body.find("store_failing") != std::string::npos; }));
  EXPECT_EQ(daemon.get("/v1/notifications/" + first, town.key).status, 200) << "what is stored can be read";
  auto with_attachment = job("allegato@example.it");
  with_attachment["attachments"] = {{{"name", "a.txt"}, {"content_type", "text/plain"}, {"content", "Y2lhbw=="}}};
  answer = daemon.post("/v1/notifications", town.key, with_attachment.dump());
  EXPECT_TRUE(says_try_later(answer)) << answer.status << answer.body;
  EXPECT_TRUE(daemon.running());

  ASSERT_TRUE(let_write(daemon, true));
  ASSERT_NE(post_when_possible(), "");
  expect_each_arrived_once();
  EXPECT_NE(daemon.log().find("MSO-2002"), std::string::npos) << "the log goes on as well";
}

}  // namespace
}  // namespace messo::test
