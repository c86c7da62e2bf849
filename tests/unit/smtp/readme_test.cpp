// What the READMEs say of the configuration is what the plugins take.
#include <gtest/gtest.h>

#include <fstream>

#include "border_host.hpp"

namespace messo::test {
namespace {

using nlohmann::json;

std::string read(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

// Every key, its default and the nested keys stand in the README, each in backquotes.
void expect_told(const std::string& readme, const json& schema, const std::string& plugin) {
  for (const auto& [key, rule] : schema.at("properties").items()) {
    EXPECT_NE(readme.find("`" + key + "`"), std::string::npos) << plugin << ": README does not tell " << key;
    EXPECT_TRUE(rule.contains("description")) << plugin << ": " << key;
    if (rule.contains("properties")) expect_told(readme, rule, plugin);
    const bool required =
        schema.contains("required") && std::find(schema["required"].begin(), schema["required"].end(), key) != schema["required"].end();
    EXPECT_TRUE(required || rule.contains("default")) << plugin << ": " << key << " is neither required nor has a default";
    if (!rule.contains("default") || rule["default"].is_object() || rule.contains("x-secret")) continue;
    const auto value = rule["default"].dump();
    EXPECT_TRUE(readme.find("`" + value + "`") != std::string::npos || readme.find("`" + key + "` " + value) != std::string::npos)
        << plugin << ": the default of " << key << ", " << value << ", is not told";
  }
}

TEST(Readme, tells_every_setting_of_the_plugin_and_its_default) {
  for (const std::string plugin : {"smtp", "outbox"}) {
    expect_told(read("plugins/" + plugin + "/README.md"), json::parse(BorderHost::table(plugin).config_schema_json), plugin);
  }
}

TEST(Schema, marks_secrets_and_closes_every_object) {
  for (const std::string plugin : {"smtp", "outbox"}) {
    const auto schema = json::parse(BorderHost::table(plugin).config_schema_json);
    EXPECT_EQ(schema.at("additionalProperties"), false);
    for (const auto& [key, rule] : schema.at("properties").items()) {
      const bool sounds_secret = key.find("password") != std::string::npos || key.find("key") != std::string::npos;
      EXPECT_EQ(rule.value("x-secret", false), sounds_secret) << key;
      if (rule.at("type") == "object") {
        EXPECT_EQ(rule.at("additionalProperties"), false) << key;
      }
    }
  }
}

}  // namespace
}  // namespace messo::test
