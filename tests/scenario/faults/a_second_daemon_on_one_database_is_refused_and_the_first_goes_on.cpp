#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

TEST_F(FaultStory, a_second_daemon_on_one_database_is_refused_and_the_first_goes_on) {
  begin();
  const auto config = daemon.folder() / "second.toml";
  std::ofstream(config) << "[folders]\ndata = \"" << daemon.data().string() << "\"\nplugins = \"" << (build_folder() / "plugins").string()
                        << "\"\n[listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\nsocket = \"second.sock\"\n";
  const auto second = failing_start(config);
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find("Another Messo is running on this database"), std::string::npos) << second.err;

  ASSERT_TRUE(becomes(post(job("maria@example.it"), town.key), "sent"));
  daemon.kill9();
  daemon.start();  // a lock left behind by a kill hinders nobody
  ASSERT_TRUE(becomes(post(job("luca@example.it"), town.key), "sent"));
  expect_each_arrived_once();
}

}  // namespace
}  // namespace messo::test
