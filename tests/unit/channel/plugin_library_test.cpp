// What may be loaded, from where, and what every plugin of the build exports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "channel/elf_symbols.hpp"
#include "channel_doubles.hpp"

namespace messo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class PluginFolder : public ::testing::Test {
 protected:
  PluginFolder() {
    std::string name = (fs::temp_directory_path() / "messo-plugins-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    fs::copy_file(test::plugin_dir() / "template.so", folder / "template.so");
    ::chmod((folder / "template.so").c_str(), 0755);
  }
  ~PluginFolder() override { fs::remove_all(folder); }
  std::string problem() const {
    const auto opened = PluginLibrary::open(folder, "template");
    return opened ? "" : opened.error().code;
  }
  fs::path folder;
};

TEST_F(PluginFolder, that_only_its_owner_may_write_is_trusted) {
  const auto opened = PluginLibrary::open(folder, "template");
  ASSERT_TRUE(opened) << opened.error().message;
  const PluginDescriptor& plugin = (*opened)->descriptor();
  EXPECT_EQ(plugin.name, "template");
  EXPECT_THAT(plugin.channels, ElementsAre(Channel::email, Channel::webhook));
  EXPECT_TRUE(plugin.has_extension("probe/1"));
  EXPECT_FALSE(plugin.serves(Channel::sms));
}
TEST_F(PluginFolder, that_others_may_write_is_not_trusted) {
  ::chmod(folder.c_str(), 0777);
  EXPECT_EQ(problem(), "plugin_writable_by_others");
  ::chmod(folder.c_str(), 0770);
  EXPECT_EQ(problem(), "plugin_writable_by_others");
}
TEST_F(PluginFolder, with_a_file_that_others_may_write_is_not_trusted) {
  ::chmod((folder / "template.so").c_str(), 0766);
  EXPECT_EQ(problem(), "plugin_writable_by_others");
}
TEST_F(PluginFolder, with_a_link_into_an_unsafe_folder_is_not_trusted) {
  const fs::path unsafe = folder / "unsafe";
  fs::create_directory(unsafe);
  fs::rename(folder / "template.so", unsafe / "template.so");
  fs::create_symlink(unsafe / "template.so", folder / "template.so");
  EXPECT_EQ(problem(), "");
  ::chmod(unsafe.c_str(), 0777);
  EXPECT_EQ(problem(), "plugin_writable_by_others");
}
TEST_F(PluginFolder, with_a_file_of_another_user_is_not_trusted) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown((folder / "template.so").c_str(), 65534, 65534), 0);
  EXPECT_EQ(problem(), "plugin_writable_by_others");
}

TEST_F(PluginFolder, with_a_file_that_is_no_library_says_so) {
  std::ofstream(folder / "text.so") << "not a library";
  ::chmod((folder / "text.so").c_str(), 0644);
  const auto opened = PluginLibrary::open(folder, "text");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "bad_plugin");
  EXPECT_THAT(opened.error().message, HasSubstr("cannot be loaded"));
  EXPECT_TRUE(exported_symbols(folder / "text.so").empty());
  const PluginCatalog catalog(folder);
  const auto listed = catalog.list();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].name, "template");
  EXPECT_NE(listed[0].plugin, nullptr);
  EXPECT_THAT(listed[1].problem, HasSubstr("cannot be loaded"));
}

TEST(PluginCatalog, opens_a_plugin_once_and_names_the_nearest_of_an_unknown_one) {
  const PluginCatalog catalog(test::plugin_dir());
  EXPECT_EQ(*catalog.get("flaky"), *catalog.get("flaky"));
  const auto check = provider_config_check(catalog);
  const auto unknown = check("flakey", Channel::email, nlohmann::json::object());
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean \"flaky\"?"));
  const auto wrong = check("template", Channel::sms, {{"path", "/tmp/x"}});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("does not serve the channel sms"));
  const auto good = check("template", Channel::webhook, {{"path", "/tmp/x"}, {"token", "12345678"}});
  ASSERT_TRUE(good);
  EXPECT_EQ(nlohmann::json::parse(good->config_json), (nlohmann::json{{"path", "/tmp/x"}, {"threads", 2}}));
  EXPECT_EQ(good->secrets_json.reveal(), R"({"token":"12345678"})");
}

// Symbols two plugins have in common would otherwise be shared behind their backs.
TEST(Plugins, export_their_entry_and_nothing_else) {
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(test::plugin_dir())) {
    if (entry.path().extension() != ".so") continue;
    EXPECT_THAT(exported_symbols(entry.path()), ElementsAre(MESSO_ENTRY_SYMBOL)) << entry.path();
    ++seen;
  }
  EXPECT_GE(seen, 3U);
}
TEST(Plugins, of_the_tests_export_nothing_but_an_entry_either) {
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(test::zoo_dir())) {
    if (entry.path().extension() != ".so") continue;
    for (const auto& symbol : exported_symbols(entry.path()))
      EXPECT_THAT(symbol, ::testing::StartsWith("messo_channel_entry_v")) << entry.path();
    ++seen;
  }
  EXPECT_GE(seen, 25U);
}
TEST(Plugins, have_a_name_a_schema_with_descriptions_and_load) {
  for (const auto& listed : PluginCatalog(test::plugin_dir()).list()) {
    ASSERT_NE(listed.plugin, nullptr) << listed.name << ": " << listed.problem;
    for (const auto& [name, property] : listed.plugin->descriptor().schema.tree()["properties"].items()) {
      EXPECT_TRUE(property.contains("description")) << listed.name << "." << name << " needs a description: docs and forms are made of it";
    }
  }
}

}  // namespace
}  // namespace messo
