#include <signal.h>

#include "scenario/isolation/isolation_story.hpp"

namespace messo::test {
namespace {

// The scripted provider never answers; its process is killed, and the next one is asked what became of the messages.
TEST_F(IsolationStory, a_doubt_asked_through_a_process_of_its_own_is_settled) {
  daemon.start();
  town = found_town(daemon, {});
  const auto ledger = daemon.folder() / "arrived";
  const auto file = daemon.folder() / "prova.toml";
  std::ofstream(file) << "[[provider]]\nkey = \"prova\"\nplugin = \"flaky\"\nchannel = \"email\"\non_doubt = \"ask\"\n"
                         "isolation = \"process\"\nmemory_mb = 0\n[provider.retry]\nwaits = [\"1 s\"]\n[provider.config]\nledger = \""
                      << ledger.string()
                      << "\"\nscript = [{ to = \"^arriva\", outcome = \"drop\", arrives = true }, "
                         "{ to = \"^perduto\", attempt = 1, outcome = \"drop\" }]\n";
  daemon.must({"apply", file.string(), "--yes"});
  ASSERT_TRUE(wait_until([&] { return plugin_process() > 0; }));
  const auto arrived = [&] {
    std::ifstream in(ledger);
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    return lines;
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(post(job("arriva" + std::to_string(i) + "@example.it"), town.key));
    ids.push_back(post(job("perduto" + std::to_string(i) + "@example.it"), town.key));
  }
  const auto in_hand = [&] {
    const auto status = nlohmann::json::parse(daemon.admin("GET", "/v1/admin/status").body);
    std::uint64_t out = 0;
    for (const auto& queue : status.at("queues")) out += queue.at("in_hand").get<std::uint64_t>();
    return out;
  };
  ASSERT_TRUE(wait_until([&] { return in_hand() == ids.size() && arrived() == 5; })) << daemon.admin("GET", "/v1/admin/status").body;
  ASSERT_EQ(::kill(plugin_process(), SIGKILL), 0);
  for (const auto& id : ids) EXPECT_TRUE(becomes(id, "sent")) << read(id).dump(1);
  EXPECT_EQ(arrived(), 10U) << "the five that had arrived were not sent again, the five lost ones once";
  EXPECT_EQ(daemon.must({"doubt", "list"}), "Nothing is in doubt.\n");
  EXPECT_TRUE(balanced());
}

}  // namespace
}  // namespace messo::test
