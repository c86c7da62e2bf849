// What the README of exec says of the configuration is what the plugin takes, and its snippets are parts of the examples.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

namespace messo {
namespace {

std::string read_text(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ExecReadme, tells_every_setting_and_its_default) {
  const std::string readme = read_text("plugins/exec/README.md");
  const auto schema = nlohmann::json::parse(read_text("plugins/exec/schema.json"));
  for (const auto& [key, rule] : schema.at("properties").items()) {
    const std::string row = "| `" + key + "` |";
    ASSERT_NE(readme.find(row), std::string::npos) << key;
    const std::string line = readme.substr(readme.find(row), readme.find('\n', readme.find(row)) - readme.find(row));
    if (!rule.contains("default")) continue;
    EXPECT_NE(line.find("`" + rule["default"].dump() + "`"), std::string::npos) << line;
  }
}

TEST(ExecReadme, quotes_only_what_runs) {
  const std::string readme = read_text("plugins/exec/README.md");
  const std::regex fence("<!-- source: ([^ ]+) -->\n```[a-z]+\n");
  int blocks = 0;
  for (std::sregex_iterator at(readme.begin(), readme.end(), fence), end; at != end; ++at, ++blocks) {
    const auto begin = static_cast<std::size_t>(at->position() + at->length());
    const std::string block = readme.substr(begin, readme.find("\n```", begin) - begin);
    EXPECT_NE(read_text((*at)[1].str()).find(block), std::string::npos) << (*at)[1].str();
  }
  EXPECT_EQ(blocks, 2);
}

}  // namespace
}  // namespace messo
