// A job whose text does not fit its channel is refused when it is posted, not when it should leave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* kPratica = R"(key = "pratica"
title = "Pratica"
class = "courtesy"
language = "it"
[[plan]]
channel = "io"
[[plan]]
channel = "email"
[[plan]]
channel = "sms"
[variables.oggetto]
type = "string"
required = false
example = "Passo carrabile"
[variables.note]
type = "text"
required = false
example = "Nessuna"
[variables.documenti]
type = "list"
required = false
example = ["planimetria"]
)";

class Rendering : public testing::Test {
 protected:
  Rendering() {
    api.add_template("pratica", {{"template.toml", kPratica},
                                 {"it/email.subject.mustache", "Pratica: {{oggetto}}"},
                                 {"it/email.text.mustache", "{{#note}}{{note}}{{/note}}{{#documenti}}- {{.}}\n{{/documenti}}"},
                                 {"it/sms.text.mustache", "Pratica {{oggetto}}: {{#documenti}}{{.}} {{/documenti}}"},
                                 {"it/io.subject.mustache", "{{oggetto}}"},
                                 {"it/io.markdown.mustache", "{{note}}"}});
  }
  HttpAnswer post(const Json& data, const Json& recipient, std::string_view query = "") {
    return api.call("POST", "/v1/notifications" + std::string(query), api.keys.live,
                    {{"template", "pratica"}, {"recipient", recipient}, {"data", data}});
  }
  // Posts and validates: both must say the same. The pointers, and what is said at the first.
  std::vector<std::string> refused(const Json& data, const Json& recipient = {{"email", "anna@example.org"}}) {
    std::vector<std::string> out;
    for (const auto* query : {"", "?validate=only"}) {
      out.clear();
      const auto answer = post(data, recipient, query);
      EXPECT_EQ(answer.status, 422) << answer.body;
      EXPECT_EQ(answer.field("Content-Type"), "application/problem+json");
      const auto problem = json_of(answer);
      for (const auto& error : problem.at("errors")) out.push_back(error.value("pointer", ""));
      detail = problem["errors"][0].value("detail", "");
    }
    EXPECT_EQ(api.store().ledger().books()->accepted, 0u);
    return out;
  }
  std::string detail;
  RunningApi api;
};

TEST_F(Rendering, a_subject_that_gets_too_long_names_the_data_to_shorten) {
  EXPECT_THAT(refused({{"oggetto", std::string(300, 'x')}, {"note", std::string(900, 'y')}}), testing::ElementsAre("#/data/oggetto"));
  EXPECT_THAT(detail, HasSubstr("email.subject has 309 characters, the channel takes at most 250; shorten it"));
}

TEST_F(Rendering, a_list_that_makes_a_text_too_long_is_named) {
  Json documents = Json::array();
  for (int i = 0; i < 100; ++i) documents.push_back("documento numero " + std::to_string(i));
  EXPECT_THAT(refused({{"oggetto", "x"}, {"documenti", documents}}, {{"phone", "+393331234567"}}),
              testing::ElementsAre("#/data/documenti"));
  EXPECT_THAT(detail, HasSubstr("sms.text"));
  EXPECT_EQ(post({{"oggetto", "x"}, {"documenti", documents}}, {{"email", "anna@example.org"}}).status, 202) << "an email takes it";
}

TEST_F(Rendering, a_text_that_stays_empty_with_this_data_is_refused) {
  EXPECT_THAT(refused({{"oggetto", "x"}}), testing::ElementsAre("#/template"));
  EXPECT_THAT(detail, HasSubstr("email.text is empty with this data"));
}

TEST_F(Rendering, a_text_that_is_too_short_for_its_channel_is_refused) {
  EXPECT_THAT(refused({{"oggetto", "breve"}, {"note", "breve"}}, {{"fiscal_code", "RSSMRA80A01H501U"}}),
              testing::ElementsAre("#/template"));
  EXPECT_THAT(detail, HasSubstr("io.subject has 5 characters, the channel wants at least 10"));
}

TEST_F(Rendering, an_sms_may_take_as_many_segments_as_its_template_says) {
  const Json phone = {{"phone", "+393331234567"}};
  const auto of_length = [](std::size_t characters) { return Json{{"oggetto", std::string(characters - 9, 'x')}}; };  // "Pratica ...:"
  EXPECT_EQ(post(of_length(6 * 153), phone, "?validate=only").status, 200);
  EXPECT_THAT(refused(of_length(6 * 153 + 1), phone), testing::ElementsAre("#/data/oggetto"));
  EXPECT_THAT(detail, HasSubstr("sms.text: the SMS takes 7 segments (gsm7, 919 units), more than the 6 allowed; shorten it"));
}

TEST_F(Rendering, an_sms_of_the_gsm_alphabet_alone_names_the_data_it_cannot_have) {
  api.add_template("pratica", {{"template.toml", std::string(kPratica) + "[sms]\npolicy = \"gsm-only\"\n"},
                               {"it/email.subject.mustache", "Pratica"},
                               {"it/email.text.mustache", "{{note}}"},
                               {"it/sms.text.mustache", "Pratica {{oggetto}}: {{#documenti}}{{.}} {{/documenti}}"},
                               {"it/io.subject.mustache", "{{oggetto}}"},
                               {"it/io.markdown.mustache", "{{note}}"}});
  const Json phone = {{"phone", "+393331234567"}};
  EXPECT_EQ(post({{"oggetto", "Città, 5 €"}, {"note", "“non va nell’SMS”"}}, phone, "?validate=only").status, 200);
  EXPECT_THAT(refused({{"oggetto", "È urgente"}, {"note", "“"}, {"documenti", {"ok", "č"}}}, phone),
              testing::ElementsAre("#/data/documenti/1", "#/data/oggetto"));
  EXPECT_THAT(detail, HasSubstr("the GSM alphabet (È č), which the policy \"gsm-only\" does not allow; write it with other characters"));
}

TEST_F(Rendering, a_preview_says_how_an_sms_goes_out) {
  const auto answer = api.call("POST", "/v1/templates/pratica/preview", api.keys.live,
                               {{"channel", "sms"}, {"data", {{"oggetto", "È l’atto"}, {"documenti", {"a"}}}}});
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto body = json_of(answer);
  EXPECT_EQ(body["parts"][0]["body"], "Pratica E' l'atto: a");
  EXPECT_EQ(body["sms"], (Json{{"encoding", "gsm7"},
                               {"segments", 1},
                               {"units", 20},
                               {"forced_by", Json::array()},
                               {"changed", {{{"from", "È"}, {"to", "E'"}, {"count", 1}}, {{"from", "’"}, {"to", "'"}, {"count", 1}}}}}));
  const auto email = api.call("POST", "/v1/templates/pratica/preview", api.keys.live, {{"channel", "email"}});
  EXPECT_FALSE(json_of(email).contains("sms"));
}

TEST_F(Rendering, every_channel_that_the_plan_can_still_use_is_tried) {
  const Json data = {{"oggetto", "x"}, {"note", std::string(10, 'n')}, {"documenti", {std::string(1600, 'd')}}};
  EXPECT_EQ(post(data, {{"email", "anna@example.org"}}).status, 202) << "without a phone no SMS will be sent";
  const auto pointers = [&] {
    const auto answer = post(data, {{"email", "anna@example.org"}, {"phone", "+393331234567"}}, "?validate=only");
    EXPECT_EQ(answer.status, 422);
    return json_of(answer)["errors"][0].value("pointer", "");
  }();
  EXPECT_EQ(pointers, "#/data/documenti/0");
}

TEST_F(Rendering, a_text_too_large_for_any_channel_names_the_data) {
  EXPECT_THAT(refused({{"oggetto", "x"}, {"documenti", {std::string(2000, 'a'), std::string(2000, 'b')}}}, {{"phone", "+393331234567"}}),
              testing::ElementsAre("#/template"))
      << "no single one is to blame";
}

}  // namespace
}  // namespace messo::test
