#include <signal.h>

#include <regex>
#include <sstream>

#include "scenario/isolation/isolation_story.hpp"
#include "support/long_check.hpp"

namespace messo::test {
namespace {

// 100 kills under --long (MESSO_KILLS), a few otherwise.
int kills_of_a_process() { return long_check() ? 100 : 5; }

class KilledProcess : public IsolationStory {
 protected:
  // Messages are on their way at every kill: the mail server takes its time.
  void kill_again_and_again(const std::string& on_doubt, int kills) {
    begin_isolated(on_doubt, {"--discard", "--ids", "--fail", "final=delay:20"});
    EXPECT_NE(daemon.must({"provider", "list"}).find("running"), std::string::npos);
    for (int round = 0; round < kills; ++round) {
      // Waits double with each end: a fresh instance begins anew, and a reload between kills is tried too.
      if (round % 4 == 3) {
        ASSERT_NO_FATAL_FAILURE(exchange(on_doubt, round));
      }
      for (int i = 0; i < 20; ++i) ids.push_back(post(job("maria" + std::to_string(i) + "@example.it"), town.key));
      pid_t process = 0;  // /proc may miss a child while another thread of the daemon comes or goes
      ASSERT_TRUE(wait_until([&] { return (process = plugin_process()) > 0; }));
      ASSERT_EQ(::kill(process, SIGKILL), 0);
      ASSERT_TRUE(wait_until([&] { return plugin_process() > 0 && plugin_process() != process; })) << "kill " << round;
    }
  }
  void exchange(const std::string& on_doubt, int round) {
    const auto before = plugin_process();
    const auto file = daemon.folder() / "relay.toml";
    std::ofstream(file) << "[[provider]]\nkey = \"relay\"\nplugin = \"smtp\"\nchannel = \"email\"\non_doubt = \"" << on_doubt
                        << "\"\nisolation = \"process\"\nmemory_mb = 0\n[provider.retry]\nwaits = [\"1 s\"]\n[provider.config]\nhost = "
                           "\"127.0.0.1\"\nport = "
                        << peer->port() << "\ntls = \"none\"\nconnections = " << 5 + round / 4 % 2 << "\n";
    daemon.must({"apply", file.string(), "--yes"});
    ASSERT_TRUE(wait_until([&] {
      const auto now = plugin_processes();
      return now.size() == 1 && now.front() != before;
    })) << "the old process drains and ends";
  }
  // What the processes held when they were killed, as the log tells of each end.
  std::uint64_t held_by_the_killed() const {
    static const std::regex kHeld(R"(MSO-2530.* with (\d+) messages in its hands)");
    std::uint64_t out = 0;
    std::istringstream log(daemon.log());
    for (std::string line; std::getline(log, line);) {
      std::smatch held;
      if (std::regex_search(line, held, kHeld)) out += std::stoull(held[1]);
    }
    return out;
  }
  std::size_t ends_told() const {
    std::size_t out = 0;
    const std::string log = daemon.log();
    for (auto at = log.find("MSO-2530"); at != std::string::npos; at = log.find("MSO-2530", at + 1)) ++out;
    return out;
  }

  std::vector<std::string> ids;
};

TEST_F(KilledProcess, killing_a_channels_process_loses_no_message_and_repeats_at_most_what_it_held) {
  const int kills = kills_of_a_process();
  ASSERT_NO_FATAL_FAILURE(kill_again_and_again("resend", kills));
  for (const auto& id : ids) EXPECT_TRUE(becomes(id, "sent")) << id;
  EXPECT_TRUE(balanced());
  const auto counts = peer->counts();
  EXPECT_EQ(counts.unique, ids.size());
  EXPECT_LE(counts.repeated, held_by_the_killed());
  EXPECT_GE(ends_told(), static_cast<std::size_t>(kills));
  EXPECT_EQ(daemon.stop(), 0);
}

TEST_F(KilledProcess, killing_the_process_of_a_provider_on_hold_repeats_nothing) {
  const int kills = kills_of_a_process() / 5;
  ASSERT_NO_FATAL_FAILURE(kill_again_and_again("hold", kills + 1));
  ASSERT_TRUE(wait_until([&] {
    const auto now = books();
    return now.at("open").get<std::size_t>() + now.at("closed").value("sent", std::size_t{0}) == ids.size() &&
           now.at("open") == nlohmann::json::parse(daemon.must({"doubt", "list", "--limit", "100000", "--json"})).at("items").size();
  })) << books().dump();
  EXPECT_LE(books().at("open").get<std::uint64_t>(), held_by_the_killed());
  EXPECT_EQ(peer->counts().repeated, 0U);
  EXPECT_TRUE(balanced());
}

}  // namespace
}  // namespace messo::test
