// What a plugin's README says of its configuration is what its schema takes.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "support/whole_file.hpp"

namespace messo::test {

// Every key, its default and the nested keys stand in the README, each in backquotes.
inline void expect_told(const std::string& readme, const nlohmann::json& schema, const std::string& plugin) {
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

// Whatever sounds like a secret is marked as one, at any depth, and every object is closed.
inline void expect_closed_and_sealed(const nlohmann::json& schema) {
  EXPECT_EQ(schema.at("additionalProperties"), false);
  for (const auto& [key, rule] : schema.at("properties").items()) {
    const bool sounds_secret = key.find("password") != std::string::npos || key.find("key") != std::string::npos;
    EXPECT_EQ(rule.value("x-secret", false), sounds_secret) << key;
    if (rule.at("type") == "object") expect_closed_and_sealed(rule);
  }
}

}  // namespace messo::test
