// Each finding of lint with the smallest template that has it.
#include "template/lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace messo {
namespace {

using testing::HasSubstr;

constexpr const char* kToml = R"(key = "prova"
title = "Prova"
class = "courtesy"
language = "it"
[[plan]]
channel = "email"
[variables.nome]
type = "string"
personal = true
description = "Nome."
example = "Ada"
[variables.scadenza]
type = "date"
description = "Termine."
example = "2026-11-22"
[variables.righe]
type = "list"
description = "Righe."
[variables.righe.fields.testo]
type = "string"
description = "Testo."
example = "x"
)";

TemplateFiles clean() {
  return {
      {"template.toml", kToml},
      {"it/email.subject.mustache", "Scade {{scadenza}}"},
      {"it/email.text.mustache", "{{nome}} {{#righe}}{{testo}}{{/righe}} {{> piede}}"},
      {"it/email.html.mustache", "<!doctype html><html lang=\"{{language}}\"><head><title>x</title></head><body>{{nome}}</body></html>"},
      {"_partials/piede.mustache", "Comune"}};
}

std::string findings(const TemplateFiles& files) {
  const auto definition = parse_definition(files, "prova");
  if (!definition) return to_text(definition.error());
  std::string out;
  for (const auto& finding : lint(*definition)) out += to_line(finding) + "\n";
  return out;
}

TEST(Lint, a_clean_template_has_no_findings) { EXPECT_EQ(findings(clean()), ""); }

TEST(Lint, finds_each_mistake_and_says_where) {
  const struct {
    const char* file;
    const char* content;
    const char* expected;
  } rows[] = {
      {"it/email.text.mustache", "a\n {{#nome}}", "error it/email.text.mustache:2:2 [syntax] section \"nome\" is never closed"},
      {"it/email.text.mustache", "{{nmoe}}",
       "error it/email.text.mustache:1:1 [unknown_variable] \"nmoe\" is not declared in template.toml; did you mean \"nome\"?"},
      {"it/email.text.mustache", "{{testo}}", "[unknown_variable] \"testo\""},
      {"it/email.text.mustache", "{{nome.breve}}", "[unknown_form] \"nome\" has no forms"},
      {"it/email.text.mustache", "{{scadenza.breve}}", "[unknown_form] \"scadenza\" has no such form: its forms are short"},
      {"it/email.text.mustache", "{{righe}}", "[unknown_form] \"righe\" is not a single value"},
      {"it/email.text.mustache", "{{#scadenza.short}}x{{/scadenza.short}}", "[unknown_form] a section takes the variable itself"},
      {"it/email.text.mustache", "x", "warning template.toml:16 [unused_variable] \"righe\""},
      {"it/email.text.mustache", "{{> manca}}", "[missing_partial] there is no partial \"manca\" for language \"it\""},
      {"_partials/piede.mustache", "{{> piede}}", "error _partials/piede.mustache:1:1 [partial_cycle]"},
      {"it/email.subject.mustache", "Per {{nome}}", "error it/email.subject.mustache:1:5 [personal_subject]"},
      {"it/email.html.mustache", "<p>{{{nome}}}</p>", "[unescaped] \"nome\" goes into the HTML unescaped"},
      {"it/email.html.mustache", "<p>x</p>", "[html_lang]"},
      {"it/email.html.mustache", "<html lang='it'><img src='a'></html>", "[html_alt]"},
      {"it/email.html.mustache", "<html lang='it'><table><tr><td></table></html>", "[html_table]"},
      {"it/email.html.mustache", "<html lang='it'><a href='x'>Clicca qui</a></html>", "[html_link]"},
      {"it/email.html.mustache", "<html><body></html>", "<html> has no lang"},
      {"it/sms.text.mustache", "Perche\xe2\x80\x99 no", "[sms_changed]"},
      {"it/sms.text.mustache", "\u4f60", "[sms_ucs2]"},
      {"en/email.subject.mustache", "x", "error en/email.text.mustache [missing_part]"},
      {"en/sms.text.mustache", "x", "warning en [missing_language] there is no email text in \"en\": \"it\" is used instead"},
      {"it/io.subject.mustache", "x", "[missing_part]"},
  };
  for (const auto& row : rows) {
    auto files = clean();
    files[row.file] = row.content;
    EXPECT_THAT(findings(files), HasSubstr(row.expected)) << row.file << ": " << row.content;
  }
}

TEST(Lint, measures_what_the_examples_give) {
  auto files = clean();
  files["it/email.subject.mustache"] = std::string(100, 'x');
  files["it/sms.text.mustache"] = std::string(400, 'x');
  files["it/push.title.mustache"] = std::string(60, 'x');
  files["it/push.body.mustache"] = std::string(160, 'x');
  const auto found = findings(files);
  for (const auto* code : {"[subject_long]", "[sms_long] takes with the examples 3 SMS", "[push_long] has 60", "[push_long] has 160"})
    EXPECT_THAT(found, HasSubstr(code));
  files = clean();
  files["it/io.subject.mustache"] = "corto";
  files["it/io.markdown.mustache"] = std::string(100, 'x');
  EXPECT_THAT(findings(files), HasSubstr("io.subject has 5 characters, the channel wants at least 10"));
}

TEST(Lint, a_legal_template_must_not_plan_a_channel_without_legal_effect) {
  auto files = clean();
  files["template.toml"].replace(files["template.toml"].find("courtesy"), 8, "legal");
  EXPECT_THAT(findings(files), HasSubstr("error template.toml [plan_not_legal]"));
  files = clean();
  files["template.toml"].replace(files["template.toml"].find("channel = \"email\""), 17, "channel = \"sms\"  ");
  EXPECT_THAT(findings(files), HasSubstr("error template.toml [plan_without_text]"));
}

TEST(Lint, partials_that_multiply_do_not_hang_it) {
  auto files = clean();
  files["it/email.text.mustache"] = "{{> p0}}";
  for (int i = 0; i < 60; ++i) {
    const auto next = "{{> p" + std::to_string(i + 1) + "}}";
    files["_partials/p" + std::to_string(i) + ".mustache"] = next + next;
  }
  files["_partials/p60.mustache"] = "x";
  EXPECT_THAT(findings(files), HasSubstr("[render]"));
}

TEST(Lint, a_folder_that_cannot_be_read_is_a_finding) {
  const auto found = lint_folder("templates/nessuno");
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(has_errors(found));
}

std::string with_sms(const std::string& text, const std::string& rules = "") {
  auto files = clean();
  files["template.toml"] += rules;
  files["it/sms.text.mustache"] = text;
  return findings(files);
}

TEST(Lint, tells_how_an_sms_goes_out) {
  EXPECT_EQ(with_sms("Città: scade il {{scadenza.short}}, €5"), "");
  EXPECT_EQ(
      with_sms("È pronto – ритиро"),
      "warning it/sms.text.mustache [sms_ucs2] р и т о is not in the GSM alphabet: an SMS holds 70 characters instead of 160; write it "
      "otherwise; with the examples 1 SMS (ucs2, 17 units)\n");
  EXPECT_EQ(with_sms("È pronto – È"),
            "hint it/sms.text.mustache [sms_changed] is sent with other characters (È -> E', – -> -): write it so, or set policy = "
            "\"unicode\" in [sms]; with the examples 1 SMS (gsm7, 14 units)\n");
  EXPECT_THAT(with_sms("È pronto", "[sms]\npolicy = \"unicode\"\n"), HasSubstr("hint it/sms.text.mustache [sms_ucs2] È is not"));
}

TEST(Lint, an_sms_against_its_templates_rules_is_an_error) {
  EXPECT_THAT(
      with_sms("È pronto", "[sms]\npolicy = \"gsm-only\"\n"),
      HasSubstr("error it/sms.text.mustache [sms_not_gsm] with the examples of template.toml: sms.text: the SMS has characters outside the "
                "GSM alphabet (È)"));
  EXPECT_THAT(
      with_sms(std::string(161, 'x'), "[sms]\nmax_segments = 1\n"),
      HasSubstr("error it/sms.text.mustache [sms_too_long] with the examples of template.toml: sms.text: the SMS takes 2 segments (gsm7, "
                "161 units), more than the 1 allowed"));
}

}  // namespace
}  // namespace messo
