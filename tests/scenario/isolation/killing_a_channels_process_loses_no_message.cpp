#include <signal.h>

#include "scenario/isolation/isolation_story.hpp"

namespace messo::test {
namespace {

TEST_F(IsolationStory, killing_a_channels_process_loses_no_message) {
  begin_isolated();
  EXPECT_NE(daemon.must({"provider", "list"}).find("running"), std::string::npos);
  std::vector<std::string> ids;
  for (int round = 0; round < 5; ++round) {
    for (int i = 0; i < 20; ++i) ids.push_back(post(job("maria" + std::to_string(i) + "@example.it"), town.key));
    const auto process = plugin_process();
    if (process > 0) ::kill(process, SIGKILL);
    ASSERT_TRUE(wait_until([&] { return plugin_process() > 0 && plugin_process() != process; }));
  }
  for (const auto& id : ids) EXPECT_TRUE(becomes(id, "sent")) << id;
  EXPECT_TRUE(balanced());
  EXPECT_GE(peer->counts().messages, 100);
  const auto status = nlohmann::json::parse(daemon.admin("GET", "/v1/admin/status").body);
  std::uint64_t restarts = 0;
  for (const auto& provider : status.at("providers")) restarts += provider.value("restarts", std::uint64_t{0});
  EXPECT_GE(restarts, 5U);
  EXPECT_NE(daemon.log().find("MSO-2530"), std::string::npos);
  EXPECT_EQ(daemon.stop(), 0);
}

}  // namespace
}  // namespace messo::test
