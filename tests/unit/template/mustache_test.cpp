// What the specification leaves open, errors with their place, and hostile templates and data.
#include "template/mustache.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

namespace messo {
namespace {

using Json = nlohmann::json;

std::shared_ptr<const CompiledTemplate> compiled(std::string source, bool message = false) {
  auto out = CompiledTemplate::compile(std::move(source), {.name = "t", .message = message});
  EXPECT_TRUE(out) << out.error().sentence;
  return out ? *out : nullptr;
}
Result<std::string> rendered(std::string source, const Json& data, const PartialLookup& partials = {}, const RenderOptions& options = {}) {
  return render(*compiled(std::move(source)), data, partials, options);
}

TEST(MustacheValues, empty_texts_are_false_and_zero_is_not) {
  EXPECT_EQ(rendered("{{#a}}yes{{/a}}{{^a}}no{{/a}}", {{"a", ""}}).value(), "no");
  EXPECT_EQ(rendered("{{#a}}yes{{/a}}{{^a}}no{{/a}}", {{"a", 0}}).value(), "yes");
  EXPECT_EQ(rendered("{{#a}}yes{{/a}}{{^a}}no{{/a}}", {{"a", Json::object()}}).value(), "yes");
}

TEST(MustacheValues, an_object_or_list_where_a_text_is_wanted_is_an_error_that_says_so) {
  const auto object = rendered("a\nb {{who}}", {{"who", {{"name", "Ada"}}}});
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, "template_value");
  EXPECT_EQ(object.error().message, "t:2:3: \"who\" is an object and cannot be printed: name one of its fields");
  EXPECT_FALSE(rendered("{{list}}", {{"list", {1, 2}}}));
}

TEST(MustacheEscape, the_apostrophe_is_escaped_too_so_that_single_quoted_attributes_hold) {
  EXPECT_EQ(rendered("<a title='{{t}}'>", {{"t", "l'ora"}}).value(), "<a title='l&#39;ora'>");
}

TEST(MustacheEscape, markdown_cannot_be_injected) {
  RenderOptions options;
  options.escape = Escape::markdown;
  EXPECT_EQ(rendered("{{t}}", {{"t", "[clicca](http://x) *b* <i> &amp;"}}, {}, options).value(),
            "\\[clicca\\](http://x) \\*b\\* \\<i\\> \\&amp;");
}

TEST(MustacheSyntax, every_mistake_is_told_with_line_column_and_remedy) {
  const struct {
    const char* source;
    unsigned line, column;
    const char* says;
  } rows[] = {
      {"a {{b", 1, 3, "never closed"},
      {"a\nè {{#b}} c", 2, 3, "section \"b\" is never closed: add {{/b}}"},
      {"{{/b}}", 1, 1, "was not opened"},
      {"{{#a}}\n{{#b}}\n{{/a}}\n{{/b}}", 3, 1, "closes section \"b\" opened at line 2"},
      {"{{}}", 1, 1, "no name"},
      {"{{a b}}", 1, 1, "cannot contain spaces"},
      {"{{a..b}}", 1, 1, "empty part"},
      {"{{.a}}", 1, 1, "empty part"},
      {"{{=a=}}", 1, 1, "two words"},
      {"{{=a = b=}}", 1, 1, "two words"},
      {"{{{a}}", 1, 1, "add }}}"},
      {"{{<parent}}", 1, 1, "not supported"},
      {"{{>*name}}", 1, 1, "not supported"},
      {"a\xff", 1, 1, "UTF-8"},
      {"a\nb\x01", 2, 2, "control character"},
  };
  for (const auto& row : rows) {
    const auto result = CompiledTemplate::compile(row.source, {.name = "t"});
    ASSERT_FALSE(result) << row.source;
    EXPECT_EQ(result.error().position.line, row.line) << row.source;
    EXPECT_EQ(result.error().position.column, row.column) << row.source;
    EXPECT_NE(result.error().sentence.find(row.says), std::string::npos) << result.error().sentence;
  }
  const auto error = to_error(CompiledTemplate::compile("\n {{b", {.name = "t"}).error(), "it/sms.text.mustache");
  EXPECT_EQ(error.fields.at(0).field, "it/sms.text.mustache:2:2");
}

TEST(MustacheLimits, a_partial_that_includes_itself_stops_at_the_depth_limit) {
  const auto self = compiled("a{{>self}}");
  const auto result = render(*self, Json::object(), [&](auto, auto) { return self; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "template_too_deep");
}

TEST(MustacheLimits, two_partials_that_include_each_other_and_grow_their_indentation_stop_too) {
  const auto a = compiled("\n" + std::string(5'000, ' ') + "{{>b}}\n" + std::string(5'000, ' ') + "{{>b}}\n");
  EXPECT_FALSE(render(*a, Json::object(), [&](auto, auto) { return a; }));
}

// 1,000^3 iterations that print nothing.
TEST(MustacheLimits, a_thousand_million_empty_iterations_are_stopped_in_time) {
  const auto begin = std::chrono::steady_clock::now();
  const auto result = rendered("{{#l}}{{#l}}{{#l}}{{/l}}{{/l}}{{/l}}", {{"l", std::vector<int>(1'000, 1)}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "template_too_long_running");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(MustacheLimits, output_is_capped_whether_it_comes_from_text_values_or_escaping) {
  RenderOptions options;
  options.limits.output_bytes = 1'000;
  for (const auto& source : {std::string(1'001, 'x'), std::string("{{#l}}0123456789{{/l}}"), std::string("{{s}}"), std::string("{{q}}")}) {
    const auto result =
        rendered(source, {{"l", std::vector<int>(101, 1)}, {"s", std::string(1'001, 'x')}, {"q", std::string(201, '"')}}, {}, options);
    ASSERT_FALSE(result) << source;
    EXPECT_EQ(result.error().code, "template_too_large");
  }
  EXPECT_EQ(rendered("{{s}}", {{"s", std::string(1'000, 'x')}}, {}, options).value().size(), 1'000u);
}

TEST(MustacheLimits, deep_nesting_is_refused_in_templates_and_harmless_in_data) {
  std::string open, close, deep;
  for (int i = 0; i < 65; ++i) {
    open += "{{#a}}";
    close += "{{/a}}";
  }
  EXPECT_FALSE(CompiledTemplate::compile(open + close, {}));
  Json data = 1;
  for (int i = 0; i < 50'000; ++i) data = Json{{"a", std::move(data)}};
  EXPECT_EQ(rendered("{{#a}}{{#a}}{{a.a.b}}x{{/a}}{{/a}}", data).value(), "x");
}

TEST(MustacheLimits, a_line_of_a_hundred_thousand_tags_compiles_in_linear_time) {
  std::string source(100'000, ' ');
  for (int i = 0; i < 30'000; ++i) source += "{{!}}";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(CompiledTemplate::compile(source, {}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST(MustacheLimits, a_source_over_its_limit_is_refused) { EXPECT_FALSE(CompiledTemplate::compile(std::string(256 * 1024 + 1, 'x'), {})); }

TEST(MustacheSharing, one_compiled_template_serves_many_threads) {
  const auto shared = compiled("{{#l}}{{name}}:{{.}};{{/l}}");
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const Json data = {{"name", std::to_string(t)}, {"l", {1, 2}}};
      const auto expected = std::to_string(t) + ":1;" + std::to_string(t) + ":2;";
      for (int i = 0; i < 500; ++i) wrong += render(*shared, data, {}).value() != expected;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(MustacheMessages, in_and_language_belong_to_the_hub_only_in_messages) {
  EXPECT_EQ(rendered("{{language}}{{#in.de}}{{x}}{{/in.de}}", {{"language", "mine"}, {"in", {{"de", {{"x", 1}}}}}}).value(), "mine1");
  const auto message = compiled("{{language}} {{#in.de}}{{language}}{{/in.de}} {{language}}", true);
  EXPECT_EQ(render(*message, Json::object(), {}).value(), "it de it");
  for (const auto* source : {"{{in.de}}", "{{^in.de}}{{/in.de}}", "{{#in}}{{/in}}", "{{#in.xx}}{{/in.xx}}"}) {
    EXPECT_FALSE(CompiledTemplate::compile(source, {.name = "t", .message = true})) << source;
  }
}

}  // namespace
}  // namespace messo
