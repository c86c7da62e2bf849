#include <fstream>

#include "scenario/doubt/doubt_story.hpp"

namespace messo::test {
namespace {

// The scripted provider loses its answer to half of the messages and keeps books of those that arrived; after the crash it is asked.
TEST_F(DoubtStory, a_provider_that_can_be_asked_settles_what_a_crash_left) {
  daemon.start();
  town = found_town(daemon, {});
  const auto ledger = daemon.folder() / "arrived";
  const auto provider_is = [&](const std::string& script) {
    const auto file = daemon.folder() / "prova.toml";
    std::ofstream(file) << "[[provider]]\nkey = \"prova\"\nplugin = \"flaky\"\nchannel = \"email\"\non_doubt = \"ask\"\n"
                           "[provider.retry]\nwaits = [\"1 s\"]\n[provider.config]\nledger = \""
                        << ledger.string() << "\"\nscript = [" << script << "]\n";
    return daemon.must({"apply", file.string(), "--yes"});
  };
  const auto said = provider_is(R"({ to = "^arriva", outcome = "drop", arrives = true }, { to = "^perduto", outcome = "drop" })");
  EXPECT_EQ(said.find("cannot be asked"), std::string::npos) << said;
  const auto arrived = [&] {
    std::ifstream in(ledger);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(post("arriva" + std::to_string(i) + "@example.it"));
    ids.push_back(post("perduto" + std::to_string(i) + "@example.it"));
  }
  const auto all_in_hand = [&] {
    for (const auto& id : ids) {
      const auto all = attempts(read(id));
      if (all.empty() || !all[0].contains("handed_over_at")) return false;
    }
    return arrived().size() == 5;
  };
  ASSERT_TRUE(wait_until(all_in_hand));
  daemon.kill9();
  daemon.start();
  provider_is("");  // what it says it never saw goes through now
  for (const auto& id : ids) wait_for(id, "sent");
  EXPECT_EQ(arrived().size(), 10U) << "the five that had arrived were not sent again, the five lost ones once";
  EXPECT_EQ(daemon.must({"doubt", "list"}), "Nothing is in doubt.\n");
  const auto kinds = timeline(ids.front());
  EXPECT_NE(std::find(kinds.begin(), kinds.end(), "asked"), kinds.end());
}

}  // namespace
}  // namespace messo::test
