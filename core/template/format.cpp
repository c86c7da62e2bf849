#include "template/format.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "template/values.hpp"
#include "template/variable.hpp"
#include "template/zone_named.hpp"

namespace messo {
namespace {

using Form = std::span<const std::string>;
using Json = nlohmann::json;
using std::chrono::year_month_day;

constexpr std::string_view kNoBreakSpace = "\xc2\xa0";
constexpr std::string_view kDateForms = "short, full, weekday, day, month, year, iso";
constexpr std::string_view kTimeForms = "short, iso";

const Locale& locale_of(const FormatContext& context) { return context.locale != nullptr ? *context.locale : italian(); }

std::string_view first(Form form) { return form.empty() ? std::string_view{} : std::string_view(form.front()); }

std::string_view weekday_name(year_month_day date, const Locale& locale) {
  return locale.weekdays[std::chrono::weekday{std::chrono::sys_days{date}}.c_encoding()];
}

void append_long_date(year_month_day date, const Locale& locale, std::string& out) {
  const unsigned day = static_cast<unsigned>(date.day());
  if (day == 1 && !locale.first_of_month.empty()) {
    out += locale.first_of_month;
    out += ' ';
  } else {
    out += std::to_string(day);
    out += locale.after_day;
  }
  out += locale.months[static_cast<unsigned>(date.month()) - 1];
  out += ' ';
  out += std::to_string(int{date.year()});
}

bool append_date(year_month_day date, Form form, const Locale& locale, std::string& out) {
  if (form.size() > 1) return false;
  const auto name = first(form);
  const int year{date.year()};
  const unsigned month{date.month()}, day{date.day()};
  if (name.empty()) {
    append_long_date(date, locale, out);
  } else if (name == "short") {
    out += fmt::format(fmt::runtime(locale.short_date), day, month, year);
  } else if (name == "full") {
    out += weekday_name(date, locale);
    out += locale.after_weekday;
    append_long_date(date, locale, out);
  } else if (name == "weekday") {
    out += weekday_name(date, locale);
  } else if (name == "day") {
    out += std::to_string(day);
  } else if (name == "month") {
    out += locale.months[month - 1];
  } else if (name == "year") {
    out += std::to_string(year);
  } else if (name == "iso") {
    out += fmt::format("{:04}-{:02}-{:02}", year, month, day);
  } else {
    return false;
  }
  return true;
}

bool append_time(TimeOfDay time, Form form, const Locale& locale, std::string& out) {
  if (form.size() > 1) return false;
  const auto name = first(form);
  if (!name.empty() && name != "short" && name != "iso") return false;
  out += fmt::format(fmt::runtime(name.empty() ? locale.time : std::string_view("{0:02}:{1:02}")), time.hour, time.minute);
  return true;
}

// An instant as the clocks of the zone show it.
struct LocalTime {
  year_month_day date{};
  TimeOfDay time;
  std::string abbreviation;
  std::chrono::seconds offset{};
};

// Nothing when the zone is not known: the system's database is missing, or the caller's zone was not checked with is_time_zone.
std::optional<LocalTime> to_local(Instant instant, std::string_view zone) {
  const auto at = std::chrono::floor<std::chrono::seconds>(instant);
  date::sys_info info;
  try {
    info = zone_named(zone).get_info(date::sys_seconds{at.time_since_epoch()});
  } catch (const std::runtime_error&) {
    return {};
  }
  const auto local = at + info.offset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const auto seconds = static_cast<int>((local - day).count());
  return LocalTime{year_month_day{day}, {seconds / 3600, seconds / 60 % 60, seconds % 60}, info.abbrev, info.offset};
}

std::string iso_offset(std::chrono::seconds offset) {
  const auto minutes = static_cast<int>(offset.count() / 60);
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', std::abs(minutes) / 60, std::abs(minutes) % 60);
}

bool append_datetime(const LocalTime& at, Form form, const Locale& locale, std::string& out) {
  const auto name = first(form);
  if (name == "date") return append_date(at.date, form.subspan(1), locale, out);
  if (name == "time") return append_time(at.time, form.subspan(1), locale, out);
  if (form.size() > 1) return false;
  if (name == "zone") {
    out += at.abbreviation;
  } else if (name == "iso") {
    append_date(at.date, form, locale, out);
    out += fmt::format("T{:02}:{:02}:{:02}{}", at.time.hour, at.time.minute, at.time.second, iso_offset(at.offset));
  } else if (name == "short") {
    append_date(at.date, form, locale, out);
    out += fmt::format(" {:02}:{:02}", at.time.hour, at.time.minute);
  } else if (name.empty() || name == "full") {
    append_date(at.date, form, locale, out);
    out += locale.date_to_time;
    append_time(at.time, {}, locale, out);
  } else {
    return append_date(at.date, form, locale, out);
  }
  return true;
}

// A space written by a locale: breaking in text (a no-break space would turn an SMS into UCS-2), not in HTML.
std::string_view spacing(std::string_view text, const FormatContext& context) {
  return text == " " && context.no_break ? kNoBreakSpace : text;
}

std::string grouped(std::uint64_t number, std::string_view separator) {
  const auto digits = std::to_string(number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) out += separator;
    out += digits[i];
  }
  return out;
}

std::uint64_t magnitude(std::int64_t value) {
  return value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
}

bool append_amount(std::int64_t cents, Form form, const FormatContext& context, std::string& out) {
  if (form.size() > 1) return false;
  const auto& locale = locale_of(context);
  const auto name = first(form);
  const auto size = magnitude(cents);
  const std::string_view sign = cents < 0 ? "-" : "";
  if (name.empty()) {
    const auto number = fmt::format("{}{}{:02}", grouped(size / 100, spacing(locale.group, context)), locale.decimal, size % 100);
    out += locale.amount_before ? fmt::format("{}€{}", sign, number) : fmt::format("{}{}{}€", sign, number, spacing(" ", context));
  } else if (name == "plain") {
    out += fmt::format("{}{}{}{:02}", sign, size / 100, locale.decimal, size % 100);
  } else if (name == "iso") {
    out += fmt::format("EUR {}{}.{:02}", sign, size / 100, size % 100);
  } else if (name == "cents") {
    out += std::to_string(cents);
  } else {
    return false;
  }
  return true;
}

std::optional<std::int64_t> whole_number(const Json& value) {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return {};
  if (!value.is_number_integer()) return {};
  return value.get<std::int64_t>();
}

// "ed" before a word in "e", as Italian writing wants it.
std::string_view conjunction(const Locale& locale, std::string_view next) {
  return locale.tag == "it" && !next.empty() && (next.front() == 'e' || next.front() == 'E') ? "ed" : locale.conjunction;
}

std::optional<std::string> append_list(const Json& value, const Variable& variable, Form form, const FormatContext& context,
                                       std::string& out) {
  if (form.size() == 1 && form.front() == "count") {
    out += std::to_string(value.size());
    return {};
  }
  const auto* element = variable.element();
  if (!form.empty() || element == nullptr) return "has no such form";
  if (!element->is_scalar()) return "is a list of objects and cannot be printed: use a section to print each of them";
  const auto& locale = locale_of(context);
  std::string item, joined;
  for (std::size_t i = 0; i < value.size(); ++i) {
    item.clear();
    if (auto wrong = format_value(value[i], *element, {}, context, item)) return wrong;
    if (i != 0) joined += i + 1 < value.size() ? ", " : fmt::format(" {} ", conjunction(locale, item));
    joined += item;
  }
  out += joined;
  return {};
}

bool append_boolean(bool value, Form form, const Locale& locale, std::string& out) {
  if (form.empty()) {
    out += value ? locale.yes : locale.no;
  } else if (form.size() == 1 && form.front() == "iso") {
    out += value ? "true" : "false";
  } else {
    return false;
  }
  return true;
}

bool append_integer(std::int64_t value, Form form, const FormatContext& context, std::string& out) {
  if (form.empty()) {
    out += std::to_string(value);
  } else if (form.size() == 1 && form.front() == "grouped") {
    out += value < 0 ? "-" : "";
    out += grouped(magnitude(value), spacing(locale_of(context).group, context));
  } else {
    return false;
  }
  return true;
}

std::string misfit(const Variable& variable) { return fmt::format("does not hold a value of type {}", to_string(variable.type)); }
std::string no_form(const Variable& variable) {
  const auto forms = forms_of(variable);
  return forms.empty() ? fmt::format("is of type {}, which has no forms: delete what follows its name", to_string(variable.type))
                       : fmt::format("is of type {}: its forms are {}", to_string(variable.type), forms);
}

std::optional<std::string> format_text_typed(std::string_view text, const Variable& variable, Form form, const FormatContext& context,
                                             std::string& out) {
  const auto& locale = locale_of(context);
  bool known = form.empty();
  switch (variable.type) {
    case VariableType::date: {
      const auto date = parse_date(text);
      if (!date) return misfit(variable);
      known = append_date(*date, form, locale, out);
      break;
    }
    case VariableType::time: {
      const auto time = parse_time(text);
      if (!time) return misfit(variable);
      known = append_time(*time, form, locale, out);
      break;
    }
    case VariableType::datetime: {
      const auto instant = parse_rfc3339(text);
      if (!instant) return misfit(variable);
      const auto local = to_local(*instant, context.zone);
      if (!local) return "cannot be shown: time zone \"" + std::string(context.zone) + "\" is not known to the system; install tzdata";
      known = append_datetime(*local, form, locale, out);
      break;
    }
    default:
      if (known) out += text;
  }
  if (!known) return no_form(variable);
  return {};
}

std::optional<std::string> format_number_typed(const Json& value, const Variable& variable, Form form, const FormatContext& context,
                                               std::string& out) {
  const auto number = whole_number(value);
  if (!number) return misfit(variable);
  const bool known =
      variable.type == VariableType::amount ? append_amount(*number, form, context, out) : append_integer(*number, form, context, out);
  if (!known) return no_form(variable);
  return {};
}

std::optional<std::string> format_typed(const Json& value, const Variable& variable, Form form, const FormatContext& context,
                                        std::string& out) {
  switch (variable.type) {
    case VariableType::integer:
    case VariableType::amount: return format_number_typed(value, variable, form, context, out);
    case VariableType::boolean:
      if (!value.is_boolean()) return misfit(variable);
      if (!append_boolean(value.get<bool>(), form, locale_of(context), out)) return no_form(variable);
      return {};
    case VariableType::list:
      if (!value.is_array()) return misfit(variable);
      return append_list(value, variable, form, context, out);
    case VariableType::object: return "is an object and cannot be printed: name one of its fields";
    default:
      if (!value.is_string()) return misfit(variable);
      return format_text_typed(value.get_ref<const std::string&>(), variable, form, context, out);
  }
}

}  // namespace

std::optional<std::string> format_value(const Json& value, const Variable& variable, Form form, const FormatContext& context,
                                        std::string& out) {
  const auto before = out.size();
  auto wrong = format_typed(value, variable, form, context, out);
  if (wrong) out.resize(before);
  return wrong;
}

std::string forms_of(const Variable& variable) {
  switch (variable.type) {
    case VariableType::date: return std::string(kDateForms);
    case VariableType::time: return std::string(kTimeForms);
    case VariableType::datetime: return fmt::format("date, time, zone, {}", kDateForms);
    case VariableType::amount: return "plain, cents, iso";
    case VariableType::integer: return "grouped";
    case VariableType::boolean: return "iso";
    case VariableType::list: return "count";
    default: return {};
  }
}

bool is_form(const Variable& variable, Form form) {
  if (form.empty())
    return variable.type != VariableType::object && (variable.type != VariableType::list || variable.element()->is_scalar());
  const auto is_one_of = [](std::string_view name, const std::string& names) {
    return (", " + names + ",").find(fmt::format(", {},", name)) != std::string::npos;
  };
  if (variable.type == VariableType::datetime && form.size() == 2) {
    return (form[0] == "date" && is_one_of(form[1], std::string(kDateForms))) ||
           (form[0] == "time" && is_one_of(form[1], std::string(kTimeForms)));
  }
  return form.size() == 1 && is_one_of(form.front(), forms_of(variable));
}

const date::time_zone& zone_named(std::string_view name) {
  thread_local std::string last_name;
  thread_local const date::time_zone* last = nullptr;
  if (last == nullptr || last_name != name) {
    last = date::locate_zone(name);
    last_name = name;
  }
  return *last;
}

bool is_time_zone(std::string_view name) {
  try {
    return date::locate_zone(std::string(name)) != nullptr;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace messo
