#include "template/locale.hpp"

namespace messo {
namespace {

using Months = std::array<std::string_view, 12>;

constexpr Months kGermanMonths{"Januar", "Februar", "März",      "April",   "Mai",      "Juni",
                               "Juli",   "August",  "September", "Oktober", "November", "Dezember"};

constexpr Locale german(std::string_view tag, std::string_view january) {
  Months months = kGermanMonths;
  months[0] = january;
  return {.tag = tag,
          .months = months,
          .weekdays = {"Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"},
          .first_of_month = {},
          .after_day = ". ",
          .after_weekday = ", ",
          .short_date = "{0:02}.{1:02}.{2:04}",
          .time = "{0:02}:{1:02} Uhr",
          .date_to_time = " um ",
          .decimal = ",",
          .group = ".",
          .amount_before = false,
          .yes = "ja",
          .no = "nein",
          .conjunction = "und"};
}

constexpr std::array kLocales{
    Locale{.tag = "it",
           .months = {"gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre", "ottobre", "novembre",
                      "dicembre"},
           .weekdays = {"domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"},
           .first_of_month = {},
           .after_day = " ",
           .after_weekday = " ",
           .short_date = "{0:02}/{1:02}/{2:04}",
           .time = "{0:02}:{1:02}",
           .date_to_time = " alle ore ",
           .decimal = ",",
           .group = ".",
           .amount_before = false,
           .yes = "sì",
           .no = "no",
           .conjunction = "e"},
    Locale{.tag = "en",
           .months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
                      "December"},
           .weekdays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
           .first_of_month = {},
           .after_day = " ",
           .after_weekday = " ",
           .short_date = "{0:02}/{1:02}/{2:04}",
           .time = "{0:02}:{1:02}",
           .date_to_time = " at ",
           .decimal = ".",
           .group = ",",
           .amount_before = true,
           .yes = "yes",
           .no = "no",
           .conjunction = "and"},
    german("de", "Januar"),
    german("de-AT", "Jänner"),
    german("de-IT", "Jänner"),
    Locale{
        .tag = "fr",
        .months = {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"},
        .weekdays = {"dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"},
        .first_of_month = "1er",
        .after_day = " ",
        .after_weekday = " ",
        .short_date = "{0:02}/{1:02}/{2:04}",
        .time = "{0:02} h {1:02}",
        .date_to_time = " à ",
        .decimal = ",",
        .group = " ",
        .amount_before = false,
        .yes = "oui",
        .no = "non",
        .conjunction = "et"},
    Locale{.tag = "sl",
           .months = {"januar", "februar", "marec", "april", "maj", "junij", "julij", "avgust", "september", "oktober", "november",
                      "december"},
           .weekdays = {"nedelja", "ponedeljek", "torek", "sreda", "četrtek", "petek", "sobota"},
           .first_of_month = {},
           .after_day = ". ",
           .after_weekday = ", ",
           .short_date = "{0}. {1}. {2:04}",
           .time = "{0:02}.{1:02}",
           .date_to_time = " ob ",
           .decimal = ",",
           .group = ".",
           .amount_before = false,
           .yes = "da",
           .no = "ne",
           .conjunction = "in"},
};

const Locale* exactly(std::string_view tag) {
  for (const auto& locale : kLocales) {
    if (locale.tag == tag) return &locale;
  }
  return nullptr;
}

}  // namespace

const Locale* find_locale(std::string_view tag) {
  if (const auto* found = exactly(tag)) return found;
  return exactly(tag.substr(0, tag.find('-')));
}

const Locale& italian() { return kLocales.front(); }

std::string locale_names() {
  std::string out;
  for (const auto& locale : kLocales) {
    if (!out.empty()) out += ", ";
    out += locale.tag;
  }
  return out;
}

}  // namespace messo
