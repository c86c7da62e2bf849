// The core modules of the Mustache specification, as a table in our own words: tests/data/mustache/*.json.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "template/mustache.hpp"

namespace messo {
namespace {

struct SpecCase {
  std::string module, name, source, expected;
  nlohmann::json data;
  std::map<std::string, std::string, std::less<>> partials;
};

std::vector<SpecCase> read_module(const std::string& module) {
  std::ifstream file("tests/data/mustache/" + module + ".json");
  std::vector<SpecCase> out;
  for (const auto& row : nlohmann::json::parse(file)) {
    SpecCase one{module, row.at("name"), row.at("template"), row.at("expected"), row.at("data"), {}};
    if (row.contains("partials")) one.partials = row["partials"].get<decltype(one.partials)>();
    out.push_back(std::move(one));
  }
  return out;
}

class MustacheSpecification : public testing::TestWithParam<const char*> {};

TEST_P(MustacheSpecification, every_case_of_the_module_renders_as_written) {
  const auto cases = read_module(GetParam());
  ASSERT_GE(cases.size(), 12u);
  for (const auto& one : cases) {
    const PartialLookup lookup = [&](std::string_view name, std::string_view) -> std::shared_ptr<const CompiledTemplate> {
      const auto found = one.partials.find(name);
      if (found == one.partials.end()) return nullptr;
      return CompiledTemplate::compile(found->second, {.name = found->first}).value();
    };
    const auto compiled = CompiledTemplate::compile(one.source, {.name = one.name});
    ASSERT_TRUE(compiled) << one.name << ": " << compiled.error().sentence;
    const auto text = render(**compiled, one.data, lookup);
    ASSERT_TRUE(text) << one.name << ": " << text.error().message;
    EXPECT_EQ(*text, one.expected) << one.module << ": " << one.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Core, MustacheSpecification,
                         testing::Values("interpolation", "sections", "inverted", "comments", "partials", "delimiters"),
                         [](const auto& module) { return std::string(module.param); });

}  // namespace
}  // namespace messo
