// Typed values by language, as tables.
#include "template/format.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "template/variable.hpp"

namespace messo {
namespace {

using Json = nlohmann::json;

Variable typed(VariableType type, VariableType items = VariableType::string) {
  Variable out;
  out.name = "v";
  out.type = type;
  if (type == VariableType::list) out.items = {typed(items)};
  return out;
}

// The text, or "!" and the sentence.
std::string show(const Json& value, const Variable& variable, std::string_view language, std::vector<std::string> form = {},
                 bool html = false) {
  std::string out = "kept ";
  const auto wrong = format_value(value, variable, form, {.language = language, .locale = find_locale(language), .no_break = html}, out);
  if (wrong) {
    EXPECT_EQ(out, "kept ") << "an error must leave the text alone";
    return "!" + *wrong;
  }
  return out.substr(5);
}

struct Row {
  const char* language;
  const char* form;  // dotted
  const char* expected;
};
std::vector<std::string> split(std::string_view dotted) {
  std::vector<std::string> out;
  while (!dotted.empty()) {
    const auto dot = std::min(dotted.find('.'), dotted.size());
    out.emplace_back(dotted.substr(0, dot));
    dotted.remove_prefix(std::min(dot + 1, dotted.size()));
  }
  return out;
}
void check(const Json& value, const Variable& variable, std::initializer_list<Row> rows) {
  for (const auto& row : rows)
    EXPECT_EQ(show(value, variable, row.language, split(row.form)), row.expected) << row.language << ' ' << row.form;
}

TEST(FormatDate, in_five_languages_and_all_forms) {
  check("2026-11-22", typed(VariableType::date),
        {{"it", "", "22 novembre 2026"},
         {"it", "short", "22/11/2026"},
         {"it", "full", "domenica 22 novembre 2026"},
         {"it", "weekday", "domenica"},
         {"it", "day", "22"},
         {"it", "month", "novembre"},
         {"it", "year", "2026"},
         {"it", "iso", "2026-11-22"},
         {"en", "", "22 November 2026"},
         {"en", "full", "Sunday 22 November 2026"},
         {"de", "", "22. November 2026"},
         {"de", "short", "22.11.2026"},
         {"de", "full", "Sonntag, 22. November 2026"},
         {"fr", "", "22 novembre 2026"},
         {"fr", "full", "dimanche 22 novembre 2026"},
         {"sl", "", "22. november 2026"},
         {"sl", "short", "22. 11. 2026"},
         {"sl", "full", "nedelja, 22. november 2026"}});
}

TEST(FormatDate, the_first_of_the_month_and_the_month_of_january_as_each_country_writes_them) {
  check("2026-01-01", typed(VariableType::date),
        {{"it", "", "1 gennaio 2026"},
         {"fr", "", "1er janvier 2026"},
         {"de", "", "1. Januar 2026"},
         {"de-IT", "", "1. Jänner 2026"},
         {"de-CH", "", "1. Januar 2026"}});
}

TEST(FormatDate, leap_days_and_birth_dates_before_1970) {
  check("1936-02-29", typed(VariableType::date), {{"it", "full", "sabato 29 febbraio 1936"}});
  EXPECT_EQ(show("2026-02-29", typed(VariableType::date), "it").front(), '!');
}

TEST(FormatTime, in_five_languages) {
  check("09:05", typed(VariableType::time),
        {{"it", "", "09:05"},
         {"en", "", "09:05"},
         {"de", "", "09:05 Uhr"},
         {"fr", "", "09 h 05"},
         {"sl", "", "09.05"},
         {"de", "short", "09:05"}});
}

TEST(FormatDatetime, is_shown_in_the_local_zone) {
  check("2026-11-22T13:30:00Z", typed(VariableType::datetime),
        {{"it", "", "22 novembre 2026 alle ore 14:30"},
         {"en", "", "22 November 2026 at 14:30"},
         {"de", "", "22. November 2026 um 14:30 Uhr"},
         {"fr", "", "22 novembre 2026 à 14 h 30"},
         {"sl", "", "22. november 2026 ob 14.30"},
         {"it", "short", "22/11/2026 14:30"},
         {"it", "date", "22 novembre 2026"},
         {"it", "date.full", "domenica 22 novembre 2026"},
         {"it", "time", "14:30"},
         {"de", "time.short", "14:30"},
         {"it", "weekday", "domenica"},
         {"it", "zone", "CET"},
         {"it", "iso", "2026-11-22T14:30:00+01:00"}});
}

// Italy leaves summer time on 25 October 2026 and enters it on 29 March 2026, both at 01:00 UTC.
TEST(FormatDatetime, follows_the_changes_of_summer_time) {
  const auto type = typed(VariableType::datetime);
  const std::pair<const char*, const char*> rows[] = {
      {"2026-10-25T00:59:59Z", "2026-10-25T02:59:59+02:00"}, {"2026-10-25T01:00:00Z", "2026-10-25T02:00:00+01:00"},
      {"2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"}, {"2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"},
      {"2026-12-31T23:30:00Z", "2027-01-01T00:30:00+01:00"}, {"2026-06-30T22:15:00-02:00", "2026-07-01T02:15:00+02:00"},
  };
  for (const auto& [utc, local] : rows) EXPECT_EQ(show(utc, type, "it", {"iso"}), local);
  EXPECT_EQ(show("2026-10-25T00:30:00Z", type, "it", {"zone"}), "CEST");
}

TEST(FormatDatetime, without_an_offset_is_refused_because_it_would_be_ambiguous) {
  EXPECT_EQ(show("2026-10-25T02:30:00", typed(VariableType::datetime), "it"), "!does not hold a value of type datetime");
}

TEST(FormatDatetime, an_unknown_zone_is_an_error_not_an_exception) {
  std::string out;
  const auto wrong = format_value(Json("2026-10-25T00:30:00Z"), typed(VariableType::datetime), {}, {.zone = "Europe/Atlantis"}, out);
  ASSERT_TRUE(wrong);
  EXPECT_NE(wrong->find("Europe/Atlantis"), std::string::npos);
}

TEST(FormatAmount, in_five_languages_with_sign_and_groups) {
  const auto type = typed(VariableType::amount);
  check(123456, type,
        {{"it", "", "1.234,56 €"},
         {"en", "", "€1,234.56"},
         {"de", "", "1.234,56 €"},
         {"fr", "", "1 234,56 €"},
         {"sl", "", "1.234,56 €"},
         {"it", "plain", "1234,56"},
         {"en", "plain", "1234.56"},
         {"it", "cents", "123456"},
         {"it", "iso", "EUR 1234.56"}});
  check(5, type, {{"it", "", "0,05 €"}});
  check(0, type, {{"it", "", "0,00 €"}});
  check(-123456789, type, {{"it", "", "-1.234.567,89 €"}, {"en", "", "-€1,234,567.89"}});
  check(INT64_MIN, type, {{"it", "cents", "-9223372036854775808"}, {"it", "plain", "-92233720368547758,08"}});
  EXPECT_EQ(show(12.5, type, "it"), "!does not hold a value of type amount");
}

TEST(FormatAmount, does_not_break_in_html_and_stays_in_the_sms_alphabet_elsewhere) {
  EXPECT_EQ(show(123456, typed(VariableType::amount), "it", {}, true), "1.234,56\xc2\xa0€");
  EXPECT_EQ(show(123456, typed(VariableType::amount), "fr", {}, true),
            "1\xc2\xa0"
            "234,56\xc2\xa0€");
}

TEST(FormatList, with_the_words_of_each_language) {
  const auto type = typed(VariableType::list);
  const Json three = {"a", "b", "c"};
  check(three, type,
        {{"it", "", "a, b e c"},
         {"en", "", "a, b and c"},
         {"de", "", "a, b und c"},
         {"fr", "", "a, b et c"},
         {"sl", "", "a, b in c"},
         {"it", "count", "3"}});
  check(Json{"a", "elenco"}, type, {{"it", "", "a ed elenco"}});
  check(Json{"a"}, type, {{"it", "", "a"}});
  check(Json::array(), type, {{"it", "", ""}});
  check(Json{"2026-11-22", "2026-12-01"}, typed(VariableType::list, VariableType::date),
        {{"de", "", "22. November 2026 und 1. Dezember 2026"}});
}

TEST(FormatOthers, booleans_and_numbers) {
  check(true, typed(VariableType::boolean),
        {{"it", "", "sì"}, {"en", "", "yes"}, {"de", "", "ja"}, {"fr", "", "oui"}, {"sl", "", "da"}, {"it", "iso", "true"}});
  check(false, typed(VariableType::boolean), {{"it", "", "no"}, {"fr", "", "non"}});
  check(2026, typed(VariableType::integer), {{"it", "", "2026"}, {"it", "grouped", "2.026"}, {"en", "grouped", "2,026"}});
}

TEST(FormatForms, an_unknown_one_is_refused_with_the_known_ones) {
  EXPECT_EQ(show("2026-11-22", typed(VariableType::date), "it", {"shrot"}),
            "!is of type date: its forms are short, full, weekday, day, month, year, iso");
  EXPECT_EQ(show("x", typed(VariableType::string), "it", {"upper"}).substr(0, 20), "!is of type string, ");
  EXPECT_TRUE(is_form(typed(VariableType::datetime), split("date.full")));
  EXPECT_FALSE(is_form(typed(VariableType::datetime), split("date.full.short")));
  EXPECT_FALSE(is_form(typed(VariableType::object), {}));
}

TEST(Locales, are_found_by_tag_then_by_primary_language) {
  EXPECT_EQ(find_locale("it-CH")->tag, "it");
  EXPECT_EQ(find_locale("de-AT")->tag, "de-AT");
  EXPECT_EQ(find_locale("lld"), nullptr);
}

}  // namespace
}  // namespace messo
