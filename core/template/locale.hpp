// What formatting needs to know of a language. Tables, no I/O.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace messo {

struct Locale {
  std::string_view tag;  // "it"
  std::array<std::string_view, 12> months;
  std::array<std::string_view, 7> weekdays;  // Sunday first
  std::string_view first_of_month;           // day 1 where it is written otherwise: "1er"; empty when not
  std::string_view after_day;                // between day and month: " " or ". "
  std::string_view after_weekday;
  std::string_view short_date;      // fmt pattern of day, month, year
  std::string_view time;            // fmt pattern of hour, minute
  std::string_view date_to_time;    // "22 novembre 2026" + this + "14:30"
  std::string_view decimal, group;  // ',' and '.'; a space here is a no-break one in HTML
  bool amount_before;               // "€1,234.56"
  std::string_view yes, no, conjunction;
};

// By BCP 47 tag: exactly, else by its primary language ("it-CH" is Italian). Null: not known. Lives for ever.
const Locale* find_locale(std::string_view tag);
const Locale& italian();
// "it, en, de, ...", for messages.
std::string locale_names();

}  // namespace messo
