// Values can never become part of a request's structure.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/percent.hpp"
#include "sms_http/text_template.hpp"

namespace messo::sms_http {
namespace {

TextTemplate compiled(const std::string& source, Escaping escaping = Escaping::none) {
  auto made = TextTemplate::compile(source, escaping);
  EXPECT_TRUE(made) << (made ? "" : made.error().message);
  return made ? *made : TextTemplate{};
}

std::string refusal(const std::string& source) {
  const auto made = TextTemplate::compile(source, Escaping::json);
  return made ? "taken" : made.error().message;
}

TEST(TextTemplate, escapes_values_for_json) {
  const auto body = compiled(R"({"text": "{{text}}"})", Escaping::json);
  const std::string hostile = "\"}, \"admin\": true, {{to}} \\ \n\t\x01 è € \xF0\x9F\x98\x80";
  const auto tree = nlohmann::json::parse(body.render({{"text", hostile}, {"to", "+39"}}));
  EXPECT_EQ(tree.size(), 1U);
  EXPECT_EQ(tree.at("text"), hostile) << "and a tag in a value is no tag";
}

TEST(TextTemplate, escapes_values_for_a_path) {
  EXPECT_EQ(compiled("a/{{x}}/b", Escaping::url).render({{"x", "../?#&è"}}), "a/..%2F%3F%23%26%C3%A8/b");
  EXPECT_EQ(percent_encode("Aa0-._~ +&=/"), "Aa0-._~%20%2B%26%3D%2F");
}

TEST(TextTemplate, leaves_out_what_has_no_value) {
  const auto text = compiled("{{#a}}A{{a}}{{/a}}{{^a}}none{{/a}}{{b}}");
  EXPECT_EQ(text.render({{"a", "1"}}), "A1");
  EXPECT_EQ(text.render({{"a", ""}}), "none");
  EXPECT_EQ(text.render({}), "none");
  EXPECT_EQ(text.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(compiled("no value").render({}), "no value");
}

TEST(TextTemplate, refuses_what_would_leave_values_unescaped_and_what_is_no_mustache) {
  EXPECT_NE(refusal("{{{text}}}").find("unescaped"), std::string::npos);
  EXPECT_NE(refusal("{{&text}}").find("unescaped"), std::string::npos);
  EXPECT_NE(refusal("{{=<% %>=}}<%&text%>").find("delimiters"), std::string::npos);
  EXPECT_NE(refusal("{{>other}}").find("partials"), std::string::npos);
  EXPECT_NE(refusal("{{Text}}").find("no name"), std::string::npos);
  EXPECT_NE(refusal("{{ }}").find("no name"), std::string::npos);
  EXPECT_NE(refusal("{{text").find("not closed"), std::string::npos);
  EXPECT_NE(refusal("{{#text}}").find("no Mustache"), std::string::npos);
  EXPECT_NE(refusal(std::string(20'000, 'x')).find("16 KiB"), std::string::npos);
}

TEST(TextTemplate, sections_as_deep_as_a_template_is_long_do_no_harm) {
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "{{#a}}";
  deep += "x";
  for (int i = 0; i < 1000; ++i) deep += "{{/a}}";
  EXPECT_EQ(compiled(deep).render({{"a", "1"}}), "x");
}

}  // namespace
}  // namespace messo::sms_http
