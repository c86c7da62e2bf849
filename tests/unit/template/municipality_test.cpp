// The ready-to-use templates in templates/: whoever installs the hub sends these.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "template/compiled_version.hpp"
#include "template/data_validation.hpp"
#include "template/lint.hpp"
#include "template/template_source.hpp"

namespace messo {
namespace {

namespace fs = std::filesystem;

std::vector<TemplateDefinition> all_templates() {
  std::vector<TemplateDefinition> out;
  for (const auto& folder : find_templates("templates")) {
    auto definition = load_template(folder);
    EXPECT_TRUE(definition) << to_text(definition.error());
    if (definition) out.push_back(std::move(*definition));
  }
  return out;
}

// MESSO_TEMPLATE_OUT=DIR: also writes every message there, to be looked at.
void keep(const TemplateDefinition& definition, const RenderedMessage& message) {
  const char* folder = std::getenv("MESSO_TEMPLATE_OUT");
  if (folder == nullptr) return;
  for (const auto& part : message.parts) {
    const auto name = definition.key + "." + message.language + "." + std::string(to_string(message.channel)) + "." + part.name +
                      (part.name == "html" ? ".html" : ".txt");
    fs::create_directories(folder);
    std::ofstream(fs::path(folder) / name) << part.body;
  }
}

TEST(MunicipalityTemplates, there_are_nine_of_courtesy_in_italian_and_english_one_is_bilingual_and_one_has_legal_effect) {
  const auto templates = all_templates();
  EXPECT_EQ(templates.size(), 10u);
  std::size_t bilingual = 0, legal = 0;
  for (const auto& definition : templates) {
    if (definition.template_class == TemplateClass::legal) {
      EXPECT_EQ(definition.channels("it"), std::vector{Channel::pec}) << definition.key << " leaves over a channel without legal effect";
      ++legal;
      continue;
    }
    EXPECT_TRUE(definition.has("it", Channel::email) && definition.has("en", Channel::email)) << definition.key;
    EXPECT_TRUE(definition.files.contains("it/email.html.mustache")) << definition.key;
    bilingual += definition.has("it-de", Channel::email);
  }
  EXPECT_EQ(bilingual, 1u);
  EXPECT_EQ(legal, 1u);
}

TEST(MunicipalityTemplates, lint_finds_nothing) {
  for (const auto& definition : all_templates()) {
    for (const auto& finding : lint(definition)) ADD_FAILURE() << definition.key << ": " << to_line(finding);
  }
}

TEST(MunicipalityTemplates, their_examples_are_valid_data_and_render_on_every_channel_and_language) {
  for (const auto& definition : all_templates()) {
    const auto data = example_data(definition.variables);
    EXPECT_TRUE(validate_data(data, definition.variables).empty()) << definition.key;
    const auto version = CompiledVersion::compile(definition);
    ASSERT_TRUE(version) << version.error().message;
    for (const auto& language : definition.languages()) {
      for (const auto channel : definition.channels(language)) {
        const auto message = (*version)->render(channel, language, data);
        ASSERT_TRUE(message) << definition.key << ' ' << language << ": " << message.error().message;
        EXPECT_EQ(message->language, language);
        for (const auto& part : message->parts) EXPECT_EQ(part.body.find("{{"), std::string::npos) << definition.key << ' ' << part.name;
        keep(definition, *message);
      }
    }
  }
}

// Only what is required: the sections for optional data close cleanly and no label stands alone.
TEST(MunicipalityTemplates, render_with_required_data_alone) {
  for (const auto& definition : all_templates()) {
    auto data = example_data(definition.variables);
    for (const auto& variable : definition.variables.fields) {
      if (!variable.required) data.erase(variable.name);
      for (const auto& field : variable.fields) {
        if (!field.required) data[variable.name].erase(field.name);
      }
    }
    ASSERT_TRUE(validate_data(data, definition.variables).empty()) << definition.key;
    const auto version = CompiledVersion::compile(definition).value();
    for (const auto& language : definition.languages()) {
      for (const auto channel : definition.channels(language)) {
        const auto message = version->render(channel, language, data);
        ASSERT_TRUE(message) << definition.key << ' ' << language << ' ' << to_string(channel) << ": " << message.error().message;
        for (const auto& part : message->parts) EXPECT_EQ(part.body.find(": \n"), std::string::npos) << definition.key << '\n' << part.body;
      }
    }
  }
}

TEST(MunicipalityTemplates, the_start_of_a_procedure_says_what_the_law_asks_for) {
  const auto definition = load_template("templates/avvio-procedimento").value();
  const auto message =
      CompiledVersion::compile(definition).value()->render(Channel::email, "it", example_data(definition.variables)).value();
  const auto& text = message.part("text")->body;
  // Law 241/1990, article 8, paragraph 2: a) authority, b) subject, c) office, person in charge and digital domicile, c-bis) time limit and
  // remedies, c-ter) date of the application, d) how to see the documents, d-bis) the office for those not online.
  for (const char* content :
       {"Comune di Vallechiara", "Autorizzazione all'occupazione di suolo pubblico", "Ufficio Occupazione suolo pubblico",
        "dott.ssa Anna Verdi", "protocollo@pec.comune.vallechiara.example", "venerdì 20 novembre 2026", "potere sostitutivo",
        "Tribunale amministrativo regionale", "21 settembre 2026", "Online: https://", "non sono disponibili online"}) {
    EXPECT_NE(text.find(content), std::string::npos) << content << "\n" << text;
  }
}

TEST(MunicipalityTemplates, the_notice_of_assessment_says_what_the_law_asks_for) {
  const auto definition = load_template("templates/avviso-accertamento").value();
  const auto message = CompiledVersion::compile(definition).value()->render(Channel::pec, "it", example_data(definition.variables)).value();
  // Law 212/2000, article 7, paragraph 2 (office, person in charge, review, court and time limit); law 160/2019, article 1, paragraph 792
  // (that it becomes enforceable, when, and the time limit to pay).
  const auto& text = message.part("text")->body;
  for (const char* content :
       {"n. 2026/0815 del 16 novembre 2026", "Ufficio Tributi", "dott.ssa Anna Verdi", "autotutela", "Corte di giustizia tributaria",
        "60 giorni dalla notificazione", "titolo esecutivo", "253,90", "protocollo@pec.comune.vallechiara.example"}) {
    EXPECT_NE(text.find(content), std::string::npos) << content << "\n" << text;
  }
  EXPECT_EQ(message.part("subject")->body.find("Bianchi"), std::string::npos) << "no personal data in the subject";
}

TEST(MunicipalityTemplates, the_bilingual_one_says_dates_and_amounts_in_both_languages) {
  const auto definition = load_template("templates/carta-identita-scadenza").value();
  const auto version = CompiledVersion::compile(definition).value();
  const auto message = version->render(Channel::email, "de", example_data(definition.variables)).value();
  EXPECT_EQ(message.language, "it-de");
  for (const auto* part : {"text", "html"}) {
    const auto& body = message.part(part)->body;
    EXPECT_NE(body.find("domenica 22 novembre 2026"), std::string::npos) << body;
    EXPECT_NE(body.find("Sonntag, 22. November 2026"), std::string::npos) << body;
  }
  EXPECT_NE(message.part("html")->body.find("<html lang=\"it\">"), std::string::npos);
  EXPECT_NE(message.part("html")->body.find("<div lang=\"de\">"), std::string::npos);
}

TEST(MunicipalityTemplates, sms_take_at_most_two_segments_of_the_gsm_alphabet) {
  for (const auto& definition : all_templates()) {
    const auto version = CompiledVersion::compile(definition).value();
    for (const auto& language : definition.languages()) {
      if (!definition.has(language, Channel::sms)) continue;
      const auto message = version->render(Channel::sms, language, example_data(definition.variables)).value();
      const auto& sms = message.sms.value();
      EXPECT_EQ(sms.encoding, sms::Encoding::gsm7) << definition.key << ' ' << message.part("text")->body;
      EXPECT_LE(sms.segments, 2u) << definition.key << ' ' << message.part("text")->body;
    }
  }
}

}  // namespace
}  // namespace messo
