#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "scenario/support/town.hpp"

namespace messo::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string messod() { return (build_folder() / "bin/messod").string(); }

TEST(Configuration, that_is_wrong_ends_with_2_and_names_every_mistake) {
  const TempFolder folder;
  const auto file = (folder.path() / "messo.toml").string();
  std::ofstream(file) << "[store]\ncahce = \"1 MiB\"\n[log]\nlevel = 3\n";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{messod(), "--check-config", "--config", file}, {messod(), "--config", file}}) {
    const auto result = run(arguments);
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.err, HasSubstr(file + ":2: store.cahce: there is no such key; did you mean \"cache\"?"));
    EXPECT_THAT(result.err, HasSubstr(file + ":4: log.level: is a whole number"));
  }
  EXPECT_EQ(run({messod(), "--config", "/nonexistent.toml"}).status, 2);
  EXPECT_EQ(run({messod(), "--frobnicate"}).status, 2);
}

TEST(Configuration, that_is_right_ends_with_0_and_is_printed_without_secrets) {
  const TempFolder folder;
  const auto file = (folder.path() / "messo.toml").string();
  std::ofstream(file) << "[store]\nmaster_key = \"env:MESSO_MASTER\"\n";
  EXPECT_EQ(run({messod(), "--check-config", "--config", file}).status, 0);
  const auto printed = run({messod(), "--print-config", "--config", file}, {{"MESSO_MASTER", std::string(64, 'a')}});
  EXPECT_EQ(printed.status, 0);
  EXPECT_THAT(printed.out, HasSubstr("master_key = \"env:MESSO_MASTER\""));
  EXPECT_THAT(printed.out, Not(HasSubstr("aaaa")));
}

TEST(Configuration, is_read_again_at_sighup) {
  Daemon daemon;
  daemon.start();
  EXPECT_THAT(daemon.log(), Not(HasSubstr("debug")));
  std::ofstream(daemon.config_file(), std::ios::app)
      << "[log]\nformat = \"json\"\n[http]\nconnections = 100\nconnections_per_address = 50\n";
  daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.log().find("MSO-1007") != std::string::npos; })) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr(R"("id":"MSO-1005")"));
  EXPECT_THAT(daemon.log(), HasSubstr("http.connections"));

  std::ofstream(daemon.config_file(), std::ios::app) << "nonsense = 1\n";
  daemon.signal(SIGHUP);
  ASSERT_TRUE(wait_until([&] { return daemon.log().find("MSO-1006") != std::string::npos; })) << daemon.log();
  EXPECT_EQ(daemon.get("/status", "").status, 200);
  EXPECT_EQ(daemon.stop(), 0);
}

TEST(Configuration, limits_of_admission_count_at_sighup) {
  Daemon daemon;
  daemon.start();
  const auto town = found_town(daemon, {});
  auto tomorrow = nlohmann::json::parse(reminder_job("maria@example.org", "R-1"));
  tomorrow["send_at"] = to_rfc3339(SystemClock().now() + std::chrono::hours(24));
  const auto post = [&] { return daemon.post("/v1/notifications", town.key, tomorrow.dump()).status; };
  std::ifstream before(daemon.config_file());
  const std::string settings((std::istreambuf_iterator<char>(before)), {});
  const auto times_read = [&] {
    const auto log = daemon.log();
    std::size_t times = 0;
    for (auto at = log.find("MSO-1005"); at != std::string::npos; at = log.find("MSO-1005", at + 1)) ++times;
    return times;
  };
  const auto reload_with = [&](const std::string& most) {
    std::ofstream(daemon.config_file()) << settings << "[store.admission]\nmax_open = " << most << "\n";
    const auto times = times_read();
    daemon.signal(SIGHUP);
    return wait_until([&] { return times_read() > times; });
  };
  ASSERT_EQ(post(), 202);
  ASSERT_TRUE(reload_with("1")) << daemon.log();
  EXPECT_EQ(post(), 503);
  ASSERT_TRUE(wait_until([&] { return daemon.get("/status", "").body.find("queue_full") != std::string::npos; })) << "judged each second";
  ASSERT_TRUE(reload_with("2")) << daemon.log();
  EXPECT_EQ(post(), 202);
  EXPECT_EQ(post(), 503);
  EXPECT_THAT(daemon.log(), HasSubstr("store.admission.max_open"));
  EXPECT_THAT(daemon.log(), Not(HasSubstr("MSO-1007")));
}

TEST(Configuration, says_where_links_lead_and_whether_requests_are_logged) {
  Daemon daemon("public_url = \"https://messo.example.it/hub\"\n[log]\naccess_log = true");
  daemon.start();
  const auto town = found_town(daemon, {});
  const auto answer = daemon.post("/v1/notifications", town.key, reminder_job("maria@example.org", "R-1"));
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_THAT(answer.headers.at("location"), StartsWith("https://messo.example.it/hub/v1/notifications/"));
  EXPECT_THAT(answer.body, HasSubstr(R"("href":"https://messo.example.it/hub/v1/notifications/)"));
  ASSERT_TRUE(wait_until([&] { return daemon.log().find("/v1/notifications") != std::string::npos; })) << daemon.log();
  EXPECT_THAT(daemon.log(), HasSubstr("MSO-1610"));
  EXPECT_THAT(daemon.log(), Not(HasSubstr("maria@example.org")));
}

TEST(Configuration, two_daemons_never_share_one_store) {
  Daemon daemon;
  daemon.start();
  const auto file = (daemon.folder() / "second.toml").string();
  std::ofstream(file) << "[folders]\ndata = \"" << daemon.data().string()
                      << "\"\n[listen]\npublic = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\nsocket = \"second.sock\"\n";
  const auto second = run({messod(), "--config", file});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, HasSubstr("MSO-1004"));
  EXPECT_EQ(daemon.get("/status", "").status, 200);
}

TEST(Configuration, an_address_in_use_is_told_with_the_remedy) {
  Daemon daemon;
  daemon.start();
  const TempFolder folder;
  const auto file = (folder.path() / "messo.toml").string();
  std::ofstream(file) << "[listen]\npublic = \"127.0.0.1:" << daemon.port() << "\"\nadmin = \"127.0.0.1:0\"\n";
  const auto second = run({messod(), "--config", file});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, HasSubstr(std::to_string(daemon.port())));
}

TEST(Configuration, files_of_the_daemon_are_for_its_user_only) {
  Daemon daemon;
  daemon.start();
  for (const auto& path : {daemon.data(), daemon.data() / "master.key", daemon.data() / "messo.db"}) {
    const auto rights = std::filesystem::status(path).permissions();
    EXPECT_EQ(rights & (std::filesystem::perms::group_all | std::filesystem::perms::others_all), std::filesystem::perms::none) << path;
  }
}

}  // namespace
}  // namespace messo::test
