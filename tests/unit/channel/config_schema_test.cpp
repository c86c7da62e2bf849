// A provider's configuration against its plugin's schema: every mistake named with its place, secrets kept apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include <nlohmann/json.hpp>

#include "channel/config_schema.hpp"

namespace messo {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr std::string_view kSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["host"],
  "properties": {
    "host": {"type": "string", "minLength": 1, "description": "name of the server"},
    "port": {"type": "integer", "minimum": 1, "maximum": 65535, "default": 25},
    "tls": {"enum": ["none", "starttls", "implicit"], "default": "starttls"},
    "ratio": {"type": "number", "minimum": 0, "maximum": 1},
    "ehlo": {"type": "string", "pattern": "^[a-z.]+$"},
    "tags": {"type": "array", "maxItems": 2, "items": {"type": "string"}},
    "password": {"type": "string", "minLength": 4, "x-secret": true},
    "account": {"type": "object", "additionalProperties": false, "required": ["user"], "properties": {
      "user": {"type": "string"},
      "retry": {"type": "boolean", "default": true},
      "token": {"type": "string", "x-secret": true}}}
  },
  "if": {"properties": {"tls": {"const": "none"}}},
  "then": {"not": {"required": ["password"]}}
})";

ConfigSchema schema() { return *ConfigSchema::parse(kSchema); }

// field -> message of everything that is wrong.
std::map<std::string, std::string> mistakes(const json& config) {
  std::map<std::string, std::string> out;
  const auto checked = schema().check(config);
  if (checked) return out;
  for (const auto& field : checked.error().fields) out[field.field] = field.message;
  return out;
}

TEST(ConfigSchema, fills_defaults_in_at_every_depth) {
  const auto checked = schema().check({{"host", "mail.example.it"}, {"account", {{"user", "anna"}}}});
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(*checked,
            (json{{"host", "mail.example.it"}, {"port", 25}, {"tls", "starttls"}, {"account", {{"user", "anna"}, {"retry", true}}}}));
}

TEST(ConfigSchema, names_the_nearest_key_of_an_unknown_one) {
  EXPECT_EQ(mistakes({{"host", "h"}, {"prot", 25}})["/prot"], "there is no such key; did you mean \"port\"?");
  EXPECT_THAT(mistakes({{"host", "h"}, {"zzzzzz", 25}})["/zzzzzz"], HasSubstr("the keys are account, ehlo, host"));
}

TEST(ConfigSchema, says_what_is_expected_of_each_wrong_value) {
  const struct {
    json config;
    std::string field, message;
  } table[] = {
      {json::object(), "/host", "is missing: give a text that is not empty (name of the server)"},
      {{{"host", ""}}, "/host", "must be a text that is not empty"},
      {{{"host", 7}}, "/host", "must be a text that is not empty"},
      {{{"host", "h"}, {"port", "25"}}, "/port", "must be a whole number from 1 to 65535"},
      {{{"host", "h"}, {"port", 0}}, "/port", "must be a whole number from 1 to 65535"},
      {{{"host", "h"}, {"port", 2.5}}, "/port", "must be a whole number from 1 to 65535"},
      {{{"host", "h"}, {"tls", "ssl"}}, "/tls", R"(must be one of "none", "starttls", "implicit")"},
      {{{"host", "h"}, {"ratio", 1.5}}, "/ratio", "must be a number from 0 to 1"},
      {{{"host", "h"}, {"ehlo", "A B"}}, "/ehlo", "must be a text like ^[a-z.]+$"},
      {{{"host", "h"}, {"tags", {"a", 1}}}, "/tags/1", "must be a text"},
      {{{"host", "h"}, {"tags", {"a", "b", "c"}}}, "/tags", "must be a list of at most 2 entries"},
      {{{"host", "h"}, {"account", true}}, "/account", "must be a table"},
      {{{"host", "h"}, {"account", json::object()}}, "/account/user", "is missing: give a text"},
      {{{"host", "h"}, {"account", {{"user", "a"}, {"tokne", "x"}}}}, "/account/tokne", "there is no such key; did you mean \"token\"?"},
  };
  for (const auto& row : table) {
    const auto found = mistakes(row.config);
    ASSERT_EQ(found.size(), 1U) << row.config;
    EXPECT_EQ(found.begin()->first, row.field) << row.config;
    EXPECT_EQ(found.begin()->second, row.message) << row.config;
  }
}

TEST(ConfigSchema, finds_every_mistake_at_once) { EXPECT_EQ(mistakes({{"port", 0}, {"tls", 1}, {"x", 1}}).size(), 4U); }
TEST(ConfigSchema, never_repeats_the_value_of_a_secret) {
  const auto checked = schema().check({{"host", "h"}, {"password", "abc"}});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().message.find("abc"), std::string::npos);
}
TEST(ConfigSchema, refuses_what_only_a_conditional_forbids) {
  const auto checked = schema().check({{"host", "h"}, {"tls", "none"}, {"password", "secret"}});
  ASSERT_FALSE(checked);
  EXPECT_FALSE(checked.error().fields.empty());
}

TEST(ConfigSchema, matches_patterns_in_bounded_time_and_stack) {
  const auto strict =
      *ConfigSchema::parse(R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"string","pattern":"^(a+)+$"},)"
                           R"("l":{"type":"array","items":{"type":"string","pattern":"^(?:[a-z]|[0-9])*$"}}}})");
  // A listener's thread has 1 MiB of stack.
  std::thread([&] {
    EXPECT_TRUE(strict.check({{"a", std::string(10'000, 'a')}}));
    EXPECT_FALSE(strict.check({{"a", std::string(10'000, 'a') + "!"}}));
    EXPECT_FALSE(strict.check({{"a", std::string(10'000'000, 'a')}})) << "a text of 10 MB is no configuration";
    EXPECT_TRUE(strict.check({{"l", {"a1", std::string(60'000, 'x')}}}));
    const auto wrong = strict.check({{"l", {"a1", "A"}}});
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().fields.at(0).field, "/l/1");
  }).join();
}

TEST(ConfigSchema, splits_secrets_and_joins_them_again) {
  const json whole{{"host", "h"}, {"password", "p4ss"}, {"account", {{"user", "anna"}, {"token", "t0k"}}}};
  const auto split = schema().split_secrets(whole);
  EXPECT_EQ(json::parse(split.public_json), (json{{"host", "h"}, {"account", {{"user", "anna"}}}}));
  EXPECT_EQ(json::parse(split.secrets_json.reveal()), (json{{"password", "p4ss"}, {"account", {{"token", "t0k"}}}}));
  EXPECT_EQ(*join_config(split.public_json, split.secrets_json.reveal()), whole);
  EXPECT_EQ(schema().split_secrets({{"host", "h"}}).secrets_json.reveal(), "{}");
  EXPECT_FALSE(join_config("{}", "[1]"));
}
TEST(ConfigSchema, masks_secrets_for_display) {
  EXPECT_EQ(schema().mask({{"host", "h"}, {"password", "p4ss"}, {"account", {{"user", "a"}, {"token", "t"}}}}),
            (json{{"host", "h"}, {"password", "********"}, {"account", {{"user", "a"}, {"token", "********"}}}}));
}

TEST(ConfigSchema, recommends_limits_by_the_value_of_a_setting) {
  const auto parsed = ConfigSchema::parse(R"({"type":"object","additionalProperties":false,"properties":{"host":{"type":"string"},
      "preset":{"type":"string","default":"","x-rates":{"slow":{"per_minute":6,"per_hour":100},"modest":{"per_day":200}}}}})");
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->recommended_rates({{"preset", "slow"}}), (Rates{.per_minute = 6, .per_hour = 100}));
  EXPECT_EQ(parsed->recommended_rates({{"preset", "modest"}}), (Rates{.per_day = 200}));
  EXPECT_EQ(parsed->recommended_rates({{"preset", ""}, {"host", "slow"}}), Rates{});
  EXPECT_EQ(schema().recommended_rates({{"host", "h"}}), Rates{});
}

TEST(ConfigSchema, of_an_author_who_erred_is_refused_with_the_reason) {
  const std::pair<std::string_view, std::string_view> table[] = {
      {"[]", "does not describe an object"},
      {"{", "cannot be read"},
      {R"({"type":"object","properties":{}})", "additionalProperties"},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"object","properties":{}}}})", "at /a"},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"array","items":{"type":"string","x-secret":true}}}})",
       "inside a list"},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"integer","default":"x"}}})", "default of /a"},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"string","pattern":"("}}})", "is no regular expression"},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"type":"string","pattern":"(a)\\1"}}})", "refers back"},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"anyOf":[{"type":"string","pattern":"a"}]}}})", "not under"},
      {R"({"type":"object","additionalProperties":false,"properties":{"a":{"$ref":"http://example.org/x"}}})", "cannot be read"},
  };
  for (const auto& [text, why] : table) {
    const auto parsed = ConfigSchema::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(std::string(why))) << text;
  }
}

}  // namespace
}  // namespace messo
