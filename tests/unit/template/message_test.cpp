// Whole messages: escaping by part, limits of channels, reproducible bytes, the cache, and rendering plain files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "template/render_file.hpp"
#include "template/template_cache.hpp"

namespace messo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* kMessageToml = R"(key = "prova"
title = "Prova"
class = "courtesy"
language = "it"
[variables.nome]
type = "string"
[variables.nota]
type = "text"
required = false
[variables.importo]
type = "amount"
required = false
[variables.righe]
type = "list"
items = "string"
required = false
)";

TemplateFiles files() {
  return {{"template.toml", kMessageToml},
          {"it/email.subject.mustache", "Per {{nome}}\n"},
          {"it/email.text.mustache", "{{nome}}\n{{nota}}\n"},
          {"it/email.html.mustache", "<p>{{nome}}</p><p>{{nota}}</p><p>{{importo}}</p>"},
          {"it/sms.text.mustache", "\n{{nome}} {{importo}}\n"},
          {"it/io.subject.mustache", "Comunicazione"},
          {"it/io.markdown.mustache", "{{nome}} " + std::string(80, 'x')},
          {"de/sms.text.mustache", "DE {{#righe.any}}[{{#righe}}{{.}}{{/righe}}]{{/righe.any}}{{^righe.any}}-{{/righe.any}}"}};
}
std::shared_ptr<const CompiledVersion> version() { return CompiledVersion::compile(parse_definition(files(), "prova").value()).value(); }
std::string part(Channel channel, const char* name, const Json& data, const char* language = "it") {
  const auto message = version()->render(channel, language, data);
  return message ? message->part(name)->body : "!" + message.error().message;
}

TEST(Message, escaping_belongs_to_the_part) {
  const Json data = {{"nome", "<b>&\"'"}, {"nota", "a\nb"}, {"importo", 100}};
  EXPECT_EQ(part(Channel::email, "text", data), "<b>&\"'\na\nb\n");
  EXPECT_EQ(part(Channel::email, "html", data), "<p>&lt;b&gt;&amp;&quot;&#39;</p><p>a<br>\nb</p><p>1,00\xc2\xa0€</p>");
  EXPECT_EQ(part(Channel::sms, "text", data), "<b>&\"' 1,00 €");
  EXPECT_THAT(part(Channel::io, "markdown", {{"nome", "[x](http://y)"}}), HasSubstr("\\[x\\](http://y)"));
}

TEST(Message, a_subject_is_always_one_line) {
  for (const auto* evil : {"a\r\nBcc: x@y", "a\nb", "a\u2028b", "a\u0085b", "a\tb", "a\x01\x7f  b"}) {
    const auto subject = part(Channel::email, "subject", {{"nome", evil}});
    EXPECT_TRUE(subject == "Per a b" || subject == "Per a Bcc: x@y") << subject;
  }
}

TEST(Message, falls_back_to_the_default_language_and_says_which_it_used) {
  EXPECT_EQ(version()->render(Channel::sms, "de-IT", {{"nome", "x"}})->language, "de");
  EXPECT_EQ(version()->render(Channel::email, "de", {{"nome", "x"}})->language, "it");
  EXPECT_EQ(version()->render(Channel::push, "it", {{"nome", "x"}}).error().code, "template_channel");
}

TEST(Message, any_opens_a_list_once) {
  EXPECT_EQ(part(Channel::sms, "text", {{"nome", "x"}, {"righe", {"a", "b"}}}, "de"), "DE [ab]");
  EXPECT_EQ(part(Channel::sms, "text", {{"nome", "x"}, {"righe", Json::array()}}, "de"), "DE -");
  EXPECT_EQ(part(Channel::sms, "text", {{"nome", "x"}}, "de"), "DE -");
}

TEST(Message, what_a_channel_does_not_take_is_refused_when_rendered) {
  EXPECT_THAT(part(Channel::io, "markdown", {{"nome", std::string(10'000, 'x')}}), HasSubstr("takes at most 10000"));
  EXPECT_THAT(part(Channel::sms, "text", {{"nome", std::string(153 * 6 + 1, 'x')}}), HasSubstr("takes 7 segments (gsm7, 919 units)"));
  auto empty = files();
  empty["it/sms.text.mustache"] = "{{nota}}";
  EXPECT_EQ(
      CompiledVersion::compile(parse_definition(empty, "prova").value()).value()->render(Channel::sms, "it", {{"nome", "x"}}).error().code,
      "template_part");
}

TEST(Message, an_sms_is_written_as_its_template_says) {
  const Json data = {{"nome", "È così – “già”"}};
  const auto render_with = [&](const std::string& rules) {
    auto with = files();
    with["template.toml"] += rules;
    return CompiledVersion::compile(parse_definition(with, "prova").value()).value()->render(Channel::sms, "it", data);
  };
  const auto usual = render_with("").value();
  EXPECT_EQ(usual.part("text")->body, "E' così - \"già\"");
  ASSERT_TRUE(usual.sms);
  EXPECT_EQ(usual.sms->encoding, sms::Encoding::gsm7);
  EXPECT_EQ(usual.sms->units, 15U);
  EXPECT_EQ(usual.sms->changed.size(), 4U);
  const auto unicode = render_with("[sms]\npolicy = \"unicode\"\n").value();
  EXPECT_EQ(unicode.part("text")->body, "È così – “già”");
  EXPECT_EQ(unicode.sms->encoding, sms::Encoding::ucs2);
  const auto refused = render_with("[sms]\npolicy = \"gsm-only\"\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "sms_not_gsm");
  EXPECT_EQ(refused.error().fields.at(0).field, "sms.text");
  EXPECT_FALSE(version()->render(Channel::email, "it", data)->sms);
}

TEST(Message, the_rules_of_sms_are_checked_where_they_are_written) {
  for (const auto& [rules, expected] : {std::pair{"[sms]\npolicy = \"ucs2\"\n", "policy"},
                                        {"[sms]\nmax_segments = 0\n", "max_segments"},
                                        {"[sms]\nmax_segments = 256\n", "max_segments"},
                                        {"[sms]\nmax_segment = 2\n", "did you mean \"max_segments\""}}) {
    auto with = files();
    with["template.toml"] += rules;
    const auto definition = parse_definition(with, "prova");
    ASSERT_FALSE(definition) << rules;
    EXPECT_THAT(to_text(definition.error()), HasSubstr(expected));
  }
  EXPECT_EQ(describe(parse_definition(files(), "prova").value())["sms"], (Json{{"policy", "transliterate"}, {"max_segments", 6}}));
}

TEST(Message, the_same_data_gives_the_same_bytes_and_hash) {
  const Json data = {{"nome", "Ada"}, {"nota", "x"}};
  const auto one = version()->render(Channel::email, "it", data).value(), two = version()->render(Channel::email, "it", data).value();
  EXPECT_EQ(content_hash(one), content_hash(two));
  EXPECT_NE(content_hash(one), content_hash(*version()->render(Channel::email, "it", {{"nome", "Ada"}, {"nota", "y"}})));
  EXPECT_EQ(one.parts[0].name, "subject");
  EXPECT_EQ(one.part("html")->content_type, "text/html; charset=utf-8");
  EXPECT_EQ(content_hash(*render_message(*version(), Channel::email, "it", data.dump())), content_hash(one));
  EXPECT_EQ(render_message(*version(), Channel::email, "it", "{").error().kind, ErrorKind::corrupt);
}

TEST(Message, a_value_that_does_not_fit_its_type_is_an_error_not_a_wrong_letter) {
  EXPECT_THAT(part(Channel::sms, "text", {{"nome", "x"}, {"importo", "tanto"}}),
              HasSubstr("it/sms.text.mustache:2:10: \"importo\" does not hold a value of type amount"));
}

TEST(TemplateCache, loads_each_version_once_and_forgets_the_least_recently_used) {
  TemplateCache cache(2);
  const auto stored = to_version(parse_definition(files(), "prova").value());
  std::vector<TemplateVersionId> loaded;
  const TemplateCache::Loader load = [&](TemplateVersionId id) -> Result<TemplateVersion> {
    loaded.push_back(id);
    return stored;
  };
  std::vector<TemplateVersionId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(TemplateVersionId::make(from_unix_ms(1'780'000'000'000)));
  const auto first = cache.get(ids[0], load).value();
  EXPECT_EQ(cache.get(ids[0], load).value(), first);
  EXPECT_EQ(loaded.size(), 1u);
  ASSERT_TRUE(cache.get(ids[1], load));
  ASSERT_TRUE(cache.get(ids[0], load));
  ASSERT_TRUE(cache.get(ids[2], load));
  EXPECT_EQ(cache.size(), 2u);
  ASSERT_TRUE(cache.get(ids[0], load)) << "still there";
  EXPECT_EQ(loaded.size(), 3u);
  ASSERT_TRUE(cache.get(ids[1], load));
  EXPECT_EQ(loaded.size(), 4u) << "was dropped";
}

TEST(TemplateCache, a_failure_is_told_and_not_kept) {
  TemplateCache cache;
  const auto id = TemplateVersionId::make(from_unix_ms(1'780'000'000'000));
  EXPECT_EQ(cache.get(id, [](auto) -> Result<TemplateVersion> { return fail(ErrorKind::not_found, "x", "y"); }).error().kind,
            ErrorKind::not_found);
  EXPECT_EQ(cache.size(), 0u);
}

class RenderFile : public testing::Test {
 protected:
  RenderFile() {
    std::string name = (fs::temp_directory_path() / "messo-render-XXXXXX").string();
    folder = mkdtemp(name.data());
  }
  ~RenderFile() override { fs::remove_all(folder); }
  fs::path write(const std::string& name, const std::string& bytes) const {
    fs::create_directories((folder / name).parent_path());
    std::ofstream(folder / name, std::ios::binary) << bytes;
    return folder / name;
  }
  fs::path folder;
};

TEST_F(RenderFile, renders_with_data_partials_and_escaping_as_asked) {
  const auto file = write("t.mustache", "{{a}}{{> p}}{{> sub/q}}");
  const auto data = write("d.json", R"({"a": "<"})");
  write("parts/p.mustache", "[{{a}}]");
  write("parts/sub/q.mustache", "!");
  EXPECT_EQ(render_file({file, data, folder / "parts", Escape::html}).value(), "&lt;[&lt;]!");
  EXPECT_EQ(render_file({file, data, folder / "parts", Escape::none}).value(), "<[<]!");
  EXPECT_EQ(parse_escape("html"), Escape::html);
  EXPECT_FALSE(parse_escape("xml"));
}

TEST_F(RenderFile, a_recursive_partial_walks_a_tree_as_deep_as_the_limit) {
  const auto file = write("t.mustache", "{{> node}}");
  write("node.mustache", "{{v}}{{#children}}({{> node}}){{/children}}");
  const auto data =
      write("d.json", R"({"v": 1, "children": [{"v": 2, "children": []}, {"v": 3, "children": [{"v": 4, "children": []}]}]})");
  EXPECT_EQ(render_file({file, data, {}, Escape::html}).value(), "1(2)(3(4))");
}

TEST_F(RenderFile, what_is_wrong_is_named) {
  const auto good = write("t.mustache", "{{a}}");
  EXPECT_EQ(render_file({folder / "none", {}, {}, Escape::html}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(render_file({folder, {}, {}, Escape::html}).error().kind, ErrorKind::not_found) << "a folder";
  EXPECT_THAT(render_file({good, write("bad.json", "{\n\"a\": }"), {}, Escape::html}).error().message,
              HasSubstr("bad.json:2: not valid JSON"));
  EXPECT_THAT(render_file({write("s.mustache", "\n{{#a}}"), {}, {}, Escape::html}).error().message, HasSubstr("s.mustache:2:1: section"));
  EXPECT_FALSE(render_file({write("p.mustache", "{{> missing}}"), {}, {}, Escape::html}));
  EXPECT_EQ(render_file({write("q.mustache", "{{> ../../etc/passwd}}"), {}, {}, Escape::html}).error().code, "partial_name");
  write("self.mustache", "x{{> self}}");
  EXPECT_EQ(render_file({folder / "self.mustache", {}, {}, Escape::html}).error().code, "template_too_deep");
}

}  // namespace
}  // namespace messo
