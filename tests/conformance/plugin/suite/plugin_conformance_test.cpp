// Every plugin of this repository keeps the rules of the border; and the runner finds those who do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "peers/smtp_peer.hpp"
#include "plugin_checks.hpp"

namespace messo::conformance {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

fs::path build_dir() {
  const char* given = std::getenv("MESSO_BUILD_DIR");
  return given != nullptr ? given : "build";
}

class PluginConformance : public ::testing::Test {
 protected:
  PluginConformance() {
    std::string name = (fs::temp_directory_path() / "messo-conformance-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~PluginConformance() override { fs::remove_all(folder); }

  static void expect_conforming(const std::string& plugin, const json& config) {
    const auto results = check_plugin({build_dir() / "plugins" / (plugin + ".so"), config, "", 100, std::chrono::seconds(10)});
    EXPECT_TRUE(all_passed(results)) << to_text(results);
    EXPECT_GE(results.size(), 12U) << to_text(results);
  }
  // What the runner finds wrong with an animal of tests/bad_plugins.
  static std::string failures(const std::string& animal) {
    const auto results =
        check_plugin({build_dir() / "tests" / "bad_plugins" / (animal + ".so"), json::object(), "", 5, std::chrono::seconds(1)});
    EXPECT_FALSE(all_passed(results)) << animal;
    return to_text(results);
  }
  fs::path folder;
};

TEST_F(PluginConformance, of_template) { expect_conforming("template", {{"path", folder / "out"}, {"token", "geheim-12345"}}); }
TEST_F(PluginConformance, of_outbox) { expect_conforming("outbox", {{"directory", folder}}); }
TEST_F(PluginConformance, of_flaky) { expect_conforming("flaky", json::object()); }
TEST_F(PluginConformance, of_flaky_in_a_bad_mood) {
  expect_conforming(
      "flaky",
      {{"rates", {{"refused", 0.2}, {"try_later", 0.2}, {"unknown", 0.2}, {"pending", 0.2}}}, {"delay_ms", 30}, {"password", "p4ssword"}});
}
TEST_F(PluginConformance, of_exec_with_a_program) {
  expect_conforming("exec", {{"command", {"/usr/bin/python3", fs::absolute("plugins/exec/examples/append_to_file.py")}},
                             {"settings", {{"path", folder / "lines"}}}});
}
TEST_F(PluginConformance, of_smtp_with_a_server) {
  peers::SmtpPeer server;
  expect_conforming("smtp", {{"host", "127.0.0.1"}, {"port", server.port()}, {"tls", "none"}});
}
TEST_F(PluginConformance, of_smtp_with_a_server_that_refuses_and_drops) {
  peers::SmtpPeer server;
  server.add("rcpt=reply:550 5.1.1 <prova@comune.example.it> no such user*20+5");
  server.add("final=drop+40");
  expect_conforming("smtp", {{"host", "127.0.0.1"}, {"port", server.port()}, {"tls", "none"}});
}

TEST_F(PluginConformance, finds_a_second_answer) { EXPECT_THAT(failures("answers_twice"), ::testing::HasSubstr("second outcome")); }
TEST_F(PluginConformance, finds_answers_for_foreign_messages) {
  EXPECT_THAT(failures("foreign_token"), ::testing::HasSubstr("never submitted"));
}
TEST_F(PluginConformance, finds_undefined_values) {
  EXPECT_THAT(failures("garbage_outcome"), ::testing::HasSubstr("kind 99 is not defined"));
}
TEST_F(PluginConformance, finds_absurd_grants) { EXPECT_THAT(failures("absurd_credits"), ::testing::HasSubstr("more than 100,000")); }
TEST_F(PluginConformance, tells_what_to_do_about_a_failed_rule) {
  EXPECT_THAT(failures("answers_twice"), ::testing::HasSubstr("remedy: call host().outcome() exactly once"));
}
TEST_F(PluginConformance, finds_silence) { EXPECT_THAT(failures("never_answers"), ::testing::HasSubstr("no outcome")); }
TEST_F(PluginConformance, finds_what_cannot_be_loaded) {
  EXPECT_THAT(failures("wrong_major"), ::testing::HasSubstr("messo_channel_entry_v7"));
}

}  // namespace
}  // namespace messo::conformance
