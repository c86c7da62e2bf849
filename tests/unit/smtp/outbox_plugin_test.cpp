#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "plugin_test.hpp"

namespace messo::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct OutboxPlugin : PluginTest {
  std::string folder;

  void SetUp() override {
    auto pattern = fs::temp_directory_path().string() + "/messo-outbox-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override {
    PluginTest::TearDown();
    host.reset();
    fs::remove_all(folder);
  }
  void start(json more = json::object()) {
    json config{{"directory", folder + "/kept"}};
    config.update(more);
    host = std::make_unique<BorderHost>("outbox", config);
  }
  std::vector<std::string> files() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder + "/kept")) out.push_back(entry.path().filename());
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string read(const std::string& name) const {
    std::ifstream file(folder + "/kept/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(OutboxPlugin, says_that_it_only_simulates_and_serves_every_channel) {
  const auto& table = BorderHost::table("outbox");
  EXPECT_STREQ(table.extensions[0], "simulated/1");
  std::vector<std::string> channels;
  for (auto channel = table.channels; *channel; ++channel) channels.emplace_back(*channel);
  EXPECT_EQ(channels, (std::vector<std::string>{"pec", "email", "sms", "push", "io", "webhook"}));
}

TEST_F(OutboxPlugin, keeps_a_mail_as_the_very_message_that_would_have_gone_out) {
  start();
  const auto message = numbered(1);
  EXPECT_EQ(host->send(message).kind, MESSO_SENT);
  const auto name = plugin::to_string(message.delivery) + ".eml";
  ASSERT_EQ(files(), std::vector<std::string>{name});
  const auto text = read(name);
  EXPECT_NE(text.find("To: Mario Rossi <mario.rossi@example.it>\r\n"), std::string::npos);
  EXPECT_NE(text.find("\r\n\r\nBuongiorno,\r\n=C3=A8 una prova.\r\n"), std::string::npos);
}

TEST_F(OutboxPlugin, keeps_other_channels_as_json) {
  start();
  auto message = numbered(2);
  message.channel = "sms";
  message.to = "+393471234567";
  message.parts = {{"text", "Il codice è 1234"}};
  message.meta = R"({"reference":"pratica 7"})";
  message.attachments = {{"a.txt", "text/plain", "abc"}};
  EXPECT_EQ(host->send(message).kind, MESSO_SENT);
  const auto tree = json::parse(read(plugin::to_string(message.delivery) + ".json"));
  EXPECT_EQ(tree.at("to"), "+393471234567");
  EXPECT_EQ(tree.at("parts").at("text"), "Il codice è 1234");
  EXPECT_EQ(tree.at("meta").at("reference"), "pratica 7");
  EXPECT_EQ(tree.at("attachments").at(0).at("sha256"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(OutboxPlugin, a_delivery_sent_again_replaces_its_file) {
  start();
  auto first = numbered(1);
  auto again = numbered(2);
  again.delivery = first.delivery;
  host->send(first);
  const auto before = read(files().at(0));
  EXPECT_EQ(host->send(again).kind, MESSO_SENT);
  EXPECT_EQ(files().size(), 1U);
  EXPECT_EQ(read(files().at(0)), before);
}

TEST_F(OutboxPlugin, keeps_the_newest_files_only) {
  start({{"max_files", 5}, {"sync", false}});
  for (unsigned i = 1; i <= 12; ++i) host->send(numbered(i));
  ASSERT_EQ(files().size(), 5U);
  EXPECT_EQ(files().back(), plugin::to_string(numbered(12).delivery) + ".eml");
  EXPECT_EQ(files().front(), plugin::to_string(numbered(8).delivery) + ".eml");
}

TEST_F(OutboxPlugin, remembers_its_bound_after_a_restart_and_cleans_up) {
  start({{"max_files", 3}});
  for (unsigned i = 1; i <= 3; ++i) host->send(numbered(i));
  host.reset();
  std::ofstream(folder + "/kept/half.eml.part") << "half";
  std::ofstream(folder + "/kept/notes.txt") << "somebody's own";
  start({{"max_files", 3}});
  host->send(numbered(4));
  const auto left = files();
  EXPECT_EQ(left.size(), 4U);
  EXPECT_NE(std::find(left.begin(), left.end(), "notes.txt"), left.end()) << "other files are left alone";
  EXPECT_EQ(std::find(left.begin(), left.end(), "half.eml.part"), left.end());
}

TEST_F(OutboxPlugin, files_are_for_the_daemons_user_only) {
  start();
  host->send(numbered(1));
  struct stat about {};
  ASSERT_EQ(::stat((folder + "/kept").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700U);
  ASSERT_EQ(::stat((folder + "/kept/" + files().at(0)).c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(OutboxPlugin, a_folder_that_goes_away_loses_nothing) {
  start();
  fs::remove_all(folder + "/kept");
  std::ofstream(folder + "/kept") << "in the way";
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_EQ(outcome.code, "outbox.io");
}

TEST_F(OutboxPlugin, refuses_bad_addresses_like_the_real_thing) {
  start();
  auto message = numbered(1);
  message.to = "nobody";
  const auto outcome = host->send(message);
  EXPECT_EQ(outcome.code, "outbox.bad_address");
  EXPECT_EQ(outcome.scope, MESSO_SCOPE_DESTINATION);
}

TEST_F(OutboxPlugin, refuses_a_folder_it_cannot_have) {
  EXPECT_THROW(BorderHost("outbox", {{"directory", "relative/path"}}), std::runtime_error);
  std::ofstream(folder + "/file") << "x";
  EXPECT_THROW(BorderHost("outbox", {{"directory", folder + "/file"}}), std::runtime_error);
}

}  // namespace
}  // namespace messo::test
