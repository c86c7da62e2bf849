// What a newcomer does on the first day: a fresh daemon, one file applied, templates, a key, one message, and looking at it from all sides.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "scenario/support/town.hpp"

namespace messo::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

TEST(FirstMessage, arrives_in_the_outbox_of_a_fresh_daemon) {
  Daemon daemon;
  daemon.start();
  EXPECT_THAT(daemon.log(), HasSubstr("The hub is empty. Go on with: messo apply FILE"));
  EXPECT_THAT(daemon.log(), HasSubstr("Test mode"));

  const auto example = (source_folder() / "config/examples/prova.toml").string();
  EXPECT_THAT(daemon.must({"apply", example, "--yes"}), HasSubstr("+ service prova/sportello"));
  EXPECT_EQ(daemon.must({"apply", example, "--yes"}), "Nothing to change.\n");
  EXPECT_THAT(daemon.must({"template", "import", (source_folder() / "templates").string(), "--publish"}),
              HasSubstr("appuntamento-promemoria v1: published"));
  const auto key = last_line(daemon.must({"key", "create", "--name", "prova"}));

  const auto posted = daemon.post("/v1/notifications", key, reminder_job("maria.bianchi@example.it", "prima"));
  ASSERT_EQ(posted.status, 202) << posted.body;
  const std::string id = json::parse(posted.body)["id"];
  ASSERT_TRUE(wait_until([&] { return json::parse(daemon.get("/v1/notifications/" + id, key).body)["status"] == "simulated"; }))
      << daemon.log();

  const auto status = daemon.must({"status", id});
  EXPECT_THAT(status, HasSubstr("TEST MODE: kept as a file, nobody got anything"));
  EXPECT_THAT(status, HasSubstr("prova/sportello"));
  EXPECT_THAT(daemon.must({"list", "--reference", "prima"}), HasSubstr(id));
  EXPECT_THAT(daemon.must({"tail", "--after", "0", "--once"}), HasSubstr("accepted"));
  const auto kept = daemon.must({"outbox", "show", id});
  EXPECT_THAT(kept, HasSubstr("maria.bianchi@example.it"));
  EXPECT_THAT(kept, HasSubstr("VLC-48213"));
  EXPECT_EQ(daemon.must({"outbox", "show", id, "--raw"}).substr(0, 5).size(), 5U);
  EXPECT_EQ(json::parse(daemon.must({"outbox", "list", "--json"}))["items"].size(), 1U);
  EXPECT_EQ(daemon.messo({"cancel", id}).status, 1);
  EXPECT_EQ(daemon.messo({"status", "01a20199-0000-7000-8000-000000000000"}).status, 1);
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_EQ(daemon.messo({"status"}).status, 3);
}

TEST(FirstMessage, is_still_known_after_a_kill_and_a_restart) {
  Daemon daemon;
  daemon.start();
  const Town town = found_town(daemon, {});
  const auto posted = daemon.post("/v1/notifications", town.key, reminder_job("maria.bianchi@example.it", "prima"));
  ASSERT_EQ(posted.status, 202) << posted.body;
  daemon.kill9();
  daemon.start();
  const std::string id = json::parse(posted.body)["id"];
  EXPECT_TRUE(wait_until([&] { return json::parse(daemon.get("/v1/notifications/" + id, town.key).body)["status"] == "simulated"; }))
      << daemon.log();
}

// A key of kind test goes the whole way and never reaches a real provider.
TEST(FirstMessage, of_a_test_key_goes_to_the_simulated_provider_though_a_relay_is_there) {
  Daemon daemon;
  daemon.start();
  const Town town = found_town(daemon, {.port = 1});  // nobody listens there
  const auto posted = daemon.post("/v1/notifications", town.test_key, reminder_job("maria.bianchi@example.it", "di-prova"));
  ASSERT_EQ(posted.status, 202) << posted.body;
  const std::string id = json::parse(posted.body)["id"];
  EXPECT_TRUE(wait_until([&] { return json::parse(daemon.get("/v1/notifications/" + id, town.test_key).body)["status"] == "simulated"; }))
      << daemon.log();
  EXPECT_THAT(daemon.must({"outbox", "show", id}), HasSubstr("maria.bianchi@example.it"));
}

}  // namespace
}  // namespace messo::test
