#include <signal.h>

#include "scenario/isolation/isolation_story.hpp"

namespace messo::test {
namespace {

TEST_F(IsolationStory, a_channels_process_ends_with_the_daemon) {
  begin_isolated();
  const auto killed_with = plugin_process();
  daemon.kill9();
  EXPECT_TRUE(wait_until([&] { return ::kill(killed_with, 0) != 0; })) << "no process is left behind by kill -9";
  daemon.start();
  ASSERT_TRUE(wait_until([&] { return plugin_process() > 0; }));
  const auto stopped_with = plugin_process();
  const auto id = post(job("maria@example.it"), town.key);
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_NE(::kill(stopped_with, 0), 0) << "nor by a stop";
  daemon.start();
  EXPECT_TRUE(becomes(id, "sent"));
  EXPECT_TRUE(balanced());
}

}  // namespace
}  // namespace messo::test
