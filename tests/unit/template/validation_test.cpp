#include "template/data_validation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "template/definition_reader.hpp"

namespace messo {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

const TemplateDefinition& definition() {
  static const auto read = read_template_toml(R"(
key = "prova"
title = "Prova"
class = "courtesy"
language = "it"
[variables.scadenza]
type = "date"
description = "Giorno entro cui rispondere."
[variables.importo]
type = "amount"
required = false
[variables.pagina]
type = "url"
required = false
[variables.quando]
type = "datetime"
required = false
[variables.nota]
type = "text"
required = false
[variables.titolo]
type = "string"
required = false
[variables.ufficio]
type = "object"
required = false
[variables.ufficio.fields.nome]
type = "string"
[variables.righe]
type = "list"
required = false
[variables.righe.fields.giorno]
type = "date"
)",
                                              "template.toml");
  return *read;
}

std::vector<std::string> wrong(Json data) {
  if (data.is_object() && !data.contains("scadenza")) data["scadenza"] = "2026-11-22";
  std::vector<std::string> out;
  for (const auto& error : validate_data(data, definition().variables)) out.push_back(error.field + " " + error.message);
  return out;
}

TEST(DataValidation, good_data_passes) {
  EXPECT_THAT(wrong({{"importo", 100},
                     {"pagina", "https://a.it/x?y=1"},
                     {"nota", "a\nb"},
                     {"ufficio", {{"nome", "x"}}},
                     {"righe", {{{"giorno", "2026-01-01"}}}}}),
              testing::IsEmpty());
  EXPECT_THAT(wrong({{"importo", nullptr}}), testing::IsEmpty()) << "null is as good as absent where a field is optional";
}

TEST(DataValidation, a_missing_field_is_named_with_what_it_should_hold) {
  const auto errors = validate_data(Json::object(), definition().variables);
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(errors[0].field, "/data/scadenza");
  EXPECT_EQ(errors[0].message, "is missing: the template needs a date like \"2026-11-22\": Giorno entro cui rispondere.");
}

TEST(DataValidation, each_wrong_field_is_named_by_its_pointer_and_never_quoted) {
  const std::pair<Json, const char*> rows[] = {
      {{{"scadenza", "22/11/2026"}}, "/data/scadenza a date like"},
      {{{"scadenza", ""}}, "/data/scadenza is empty"},
      {{{"importo", 12.5}}, "/data/importo an amount in euro cents"},
      {{{"importo", 99999999999999999}}, "/data/importo is too large"},
      {{{"importo", 18446744073709551615u}}, "/data/importo is too large"},
      {{{"pagina", "javascript:alert(1)"}}, "/data/pagina a web address"},
      {{{"pagina", "https://user@host/"}}, "/data/pagina a web address"},
      {{{"pagina", "https://a/\"onclick="}}, "/data/pagina a web address"},
      {{{"quando", "2026-11-22T14:30:00"}}, "/data/quando a date and time with its offset"},
      {{{"titolo", "a\r\nBcc: x@y"}}, "/data/titolo must be one line"},
      {{{"nota", std::string("a\0b", 3)}}, "/data/nota holds a control character"},
      {{{"nota", "\xff"}}, "/data/nota is not valid UTF-8"},
      {{{"titolo", std::string(2'001, 'x')}}, "/data/titolo has more than 2000 characters"},
      {{{"ufficio", "x"}}, "/data/ufficio an object is wanted"},
      {{{"ufficio", Json::object()}}, "/data/ufficio/nome is missing"},
      {{{"righe", {{{"giorno", "2026-01-01"}}, {{"giorno", 1}}}}}, "/data/righe/1/giorno a date like"},
      {{{"righe", Json(std::vector<Json>(1'001, Json::object()))}}, "/data/righe has 1001 elements"},
      {{{"scadenz", 1}}, "/data/scadenz is not a variable of this template; did you mean \"scadenza\"?"},
      {{{"a/b", 1}}, "/data/a~1b is not a variable of this template: delete it"},
      {Json::array(), "/data an object is wanted"},
  };
  for (const auto& [data, expected] : rows) EXPECT_THAT(wrong(data), testing::Contains(HasSubstr(expected))) << expected;
}

TEST(DataValidation, a_flood_of_mistakes_is_cut) {
  Json data = Json::object();
  for (int i = 0; i < 1'000; ++i) data["x" + std::to_string(i)] = 1;
  EXPECT_EQ(validate_data(data, definition().variables).size(), kMostFieldErrors);
}

}  // namespace
}  // namespace messo
