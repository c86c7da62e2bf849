// Typed values as people read them, by language: dates, times, amounts, lists. Pure; the time zone database is the system's.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "template/locale.hpp"

namespace messo {

struct Variable;

inline constexpr std::string_view kDefaultZone = "Europe/Rome";

struct FormatContext {
  std::string_view language = "it";      // as {{language}} prints it and partials are looked up; borrowed for the call
  const Locale* locale = nullptr;        // null: Italian
  std::string_view zone = kDefaultZone;  // IANA name; borrowed for the call
  bool no_break = false;                 // HTML: no-break spaces inside amounts, so that "1.234,56 €" stays on one line
};

// Appends `value`, declared as `variable`, in the form asked for: `form` is what follows the variable's name after a dot, e.g. {"short"}.
//   date      (none) "22 novembre 2026" | short "22/11/2026" | full "domenica 22 novembre 2026" | weekday | day | month | year | iso
//   time      (none) "14:30" | short "14:30" | iso "14:30"
//   datetime  (none) "22 novembre 2026 alle ore 14:30" | short "22/11/2026 14:30" | full | date[.form] | time[.form] | zone "CET" | iso
//   amount    (none) "1.234,56 €" | plain "1234,56" | cents "123456" | iso "EUR 1234.56"
//   integer   (none) "1234" | grouped "1.234"
//   boolean   (none) "sì" / "no" | iso "true" / "false"
//   list      (none) "a, b e c" (scalar elements) | count "3"; and, only as a section, any: once when it is not empty
//   string, text, url: no forms
// Returns a sentence when the value does not fit its type, when there is no such form, or when an object cannot be printed; `out` is then
// as before.
std::optional<std::string> format_value(const nlohmann::json& value, const Variable& variable, std::span<const std::string> form,
                                        const FormatContext& context, std::string& out);

// {{#list.any}}...{{/list.any}}: for the heading of a list, which must not be repeated for each element.
inline constexpr std::string_view kAnyForm = "any";

// The forms of a variable's type, for messages: "short, full, ..."; empty when it has none.
std::string forms_of(const Variable& variable);
// Whether `form` is one of them.
bool is_form(const Variable& variable, std::span<const std::string> form);

// Whether the system knows the IANA zone.
bool is_time_zone(std::string_view name);

}  // namespace messo
