// The files people read against the schemas they describe.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/apply_document.hpp"
#include "config/node_config.hpp"
#include "config/schema_text.hpp"

namespace messo {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(MessoToml, says_nothing_but_the_defaults) {
  const auto shipped = load_node_config("config/messo.toml");
  ASSERT_TRUE(shipped) << to_text(shipped.error());
  const auto defaults = parse_node_config("", "", std::filesystem::absolute("config"));
  const auto difference = compare(*defaults, *shipped);
  EXPECT_THAT(difference.live, ElementsAre());
  EXPECT_THAT(difference.restart, ElementsAre());
}

// `messod --describe toml` and `messod --describe markdown` print what these files must hold.
TEST(MessoToml, names_and_explains_every_key) { EXPECT_THAT(read("config/messo.toml"), HasSubstr(to_commented_toml(node_schema()))); }

TEST(ConfigurationPage, has_every_key_with_default_and_meaning) {
  EXPECT_THAT(read("docs/configuration.md"), HasSubstr(to_markdown(node_schema(), true)));
}

TEST(ApplyPage, has_every_key_with_default_and_meaning) {
  EXPECT_THAT(read("docs/apply.md"), HasSubstr(to_markdown(apply_schema(), false)));
}

TEST(ExampleFiles, are_documents_that_can_be_applied) {
  for (const auto& entry : std::filesystem::directory_iterator("config/examples")) {
    if (entry.path().extension() != ".toml") continue;
    auto document = read_toml_file(entry.path().string());
    ASSERT_TRUE(document) << to_text(document.error());
    const auto problems = resolve_secrets(*document, [](std::string_view) -> Result<Secret> { return Secret("s"); });
    EXPECT_TRUE(problems.empty()) << to_text(problems);
    const auto parsed = parse_apply_document(*document);
    EXPECT_TRUE(parsed) << to_text(parsed.error());
  }
}

}  // namespace
}  // namespace messo
