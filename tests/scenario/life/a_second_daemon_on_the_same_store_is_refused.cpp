#include "scenario/life/life_story.hpp"

namespace messo::test {
namespace {

TEST_F(LifeStory, a_second_daemon_on_the_same_store_is_refused) {
  begin();
  const auto second = run({(build_folder() / "bin/messod").string(), "--config", daemon.config_file().string()});
  EXPECT_NE(second.status, 0);
  EXPECT_NE((second.out + second.err).find("in use"), std::string::npos) << second.out << second.err;
  EXPECT_EQ(daemon.get("/status", "").status, 200);
}

}  // namespace
}  // namespace messo::test
