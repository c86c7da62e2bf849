#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

TEST_F(FaultStory, a_disk_that_is_read_only_at_the_start_is_named) {
  SmallDisk disk(daemon.data(), "size=64m");
  if (!disk.problem().empty()) GTEST_SKIP() << disk.problem();
  settings("[store.admission]\nmin_free = \"1 MiB\"");
  begin();
  const auto id = post(job("maria@example.it"), town.key);
  ASSERT_TRUE(becomes(id, "sent"));
  ASSERT_EQ(daemon.stop(), 0);

  ASSERT_TRUE(disk.read_only(true));
  const auto refused = failing_start();
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("MSO-1004"), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("read-only"), std::string::npos) << refused.err;

  ASSERT_TRUE(disk.read_only(false));
  daemon.start();
  EXPECT_EQ(read(id).at("status"), "sent");
  expect_each_arrived_once();
}

}  // namespace
}  // namespace messo::test
