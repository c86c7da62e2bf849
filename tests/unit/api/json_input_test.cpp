// JSON from strangers.
#include "api/json_input.hpp"

#include <gtest/gtest.h>

namespace messo::api {
namespace {

TEST(JsonInput, builds_the_same_value_as_the_library) {
  for (const auto* text : {"null", "true", "-1", "18446744073709551615", "1.5e3", "\"a\\u00e8\\ud83d\\ude00\"", "[]", "{}",
                           R"({"a":[1,{"b":[[],{}]},"x"],"c":{"d":null},"e":""})", " [1 , 2] ", "-0", "0.1", "1E5", "-9223372036854775808",
                           "9223372036854775808", "18446744073709551616", "\"\\/\\t\\n\\u0041\"", "{\"\\u0061\":1,\"\":2}"}) {
    const auto value = parse_json(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(*value, nlohmann::json::parse(text));
    EXPECT_EQ(value->dump(), nlohmann::json::parse(text).dump());
  }
}

// Long texts are read by a parser of their own.
TEST(JsonInput, length_makes_no_difference) {
  const auto text = "{\"a\":\"" + std::string(100'000, 'x') + "\",\"b\":1}";
  EXPECT_EQ(parse_json(text).value(), nlohmann::json::parse(text));
  EXPECT_EQ(parse_json(text + "}").error().code, "not_json");
}

TEST(JsonInput, says_why_and_where_it_refuses) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {"", "not_json", ""},
      {"{\"a\":}", "not_json", ""},
      {"{} {}", "not_json", ""},
      {"{'a':1}", "not_json", ""},
      {"[1e999]", "not_json", ""},
      {"\"\x80\"", "not_json", ""},
      {"[NaN]", "not_json", ""},
      {R"({"a":1,"a":1})", "json_duplicate", "/a"},
      {R"({"a":[0,{"b/c":1,"b/c":2}]})", "json_duplicate", "/a/1/b~1c"},
      {R"({"a":{"b":1},"c":{"b":1,"b":2}})", "json_duplicate", "/c/b"},
      {R"({"a":"x\u0000y"})", "json_control", "/a"},
      {R"({"a":"\u001b[31m"})", "json_control", "/a"},
  };
  for (const auto& [text, code, pointer] : cases) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, code) << text;
    if (!pointer.empty()) {
      EXPECT_EQ(value.error().fields.front().field, pointer);
    }
  }
}

TEST(JsonInput, depth_and_number_of_values_are_bounded) {
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_EQ(parse_json(std::string(33, '[') + std::string(33, ']')).error().code, "json_too_deep");
  std::string many = "[0";
  for (int i = 0; i < 100'000; ++i) many += ",0";
  EXPECT_EQ(parse_json(many + "]").error().code, "json_too_many_values");
}

}  // namespace
}  // namespace messo::api
