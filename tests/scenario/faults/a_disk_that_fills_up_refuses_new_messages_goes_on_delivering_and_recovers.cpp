#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

TEST_F(FaultStory, a_disk_that_fills_up_refuses_new_messages_goes_on_delivering_and_recovers) {
  SmallDisk disk(daemon.data(), "size=96m");
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  settings("[store.admission]\nmin_free = \"32 MiB\"");
  begin({}, {.extra = "rates = { per_second = 10 }\n"});
  for (int i = 0; i < 100; ++i) post(job("prima" + std::to_string(i) + "@example.it"), town.key);

  disk.fill_up_to(24ULL << 20);
  HttpAnswer answer;
  ASSERT_TRUE(wait_until([&] { return says_try_later(answer = try_to_post()); })) << answer.status << answer.body;
  EXPECT_NE(answer.body.find("disk"), std::string::npos) << answer.body;
  EXPECT_TRUE(wait_until([&] { return daemon.get("/status", "").body.find("disk_full") != std::string::npos; }))
      << daemon.get("/status", "").body;
  EXPECT_GT(books().at("open").get<int>(), 0) << "all was sent too soon to mean anything";
  expect_each_arrived_once();

  disk.make_room();
  const auto id = post_when_possible();
  ASSERT_NE(id, "");
  EXPECT_TRUE(becomes(id, "sent"));
  expect_each_arrived_once();
}

TEST_F(FaultStory, a_disk_filled_to_the_last_byte_holds_messages_up_and_loses_and_repeats_none) {
  SmallDisk disk(daemon.data(), "size=64m");
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  settings("[store.admission]\nmin_free = \"1 MiB\"");
  begin({}, {.extra = "rates = { per_second = 20 }\n"});
  for (int i = 0; i < 80; ++i) post(job("prima" + std::to_string(i) + "@example.it"), town.key);

  disk.fill_up_to(0);
  ASSERT_TRUE(wait_until([&] { return daemon.log().find("MSO-2001") != std::string::npos; })) << daemon.log();
  EXPECT_TRUE(says_try_later(try_to_post()));
  EXPECT_GT(books().at("open").get<int>(), 0);

  disk.make_room();
  ASSERT_NE(post_when_possible(), "");
  expect_each_arrived_once();
  EXPECT_NE(daemon.log().find("MSO-2002"), std::string::npos);
}

}  // namespace
}  // namespace messo::test
