#include "template/data_validation.hpp"

#include <fmt/format.h>

#include "config/document.hpp"
#include "config/problems.hpp"
#include "template/escape.hpp"
#include "template/values.hpp"

namespace messo {
namespace {

using Json = nlohmann::json;

// Euro cents: below a hundred thousand billion, far from the edges of the type.
constexpr std::int64_t kLargestAmount = 10'000'000'000'000'000;

class Checker {
 public:
  void value(const Json& json, const Variable& variable, const std::string& pointer);
  std::vector<FieldError> errors;

 private:
  void wrong(const std::string& pointer, std::string message) {
    if (errors.size() < kMostFieldErrors) errors.push_back({pointer, std::move(message)});
  }
  void misfit(const std::string& pointer, const Variable& variable) { wrong(pointer, fmt::format("{} is wanted", expectation(variable))); }
  void object(const Json& json, const Variable& variable, const std::string& pointer);
  void list(const Json& json, const Variable& variable, const std::string& pointer);
  void text(const std::string& text, const Variable& variable, const std::string& pointer);
  void number(const Json& json, const Variable& variable, const std::string& pointer);
  void unknown_field(const std::string& name, const Variable& variable, const std::string& pointer);
};

bool fits_text(std::string_view text, const Variable& variable) {
  switch (variable.type) {
    case VariableType::date: return parse_date(text).has_value();
    case VariableType::time: return parse_time(text).has_value();
    case VariableType::datetime: return parse_rfc3339(text).has_value();
    case VariableType::url: return is_web_address(text);
    default: return true;
  }
}

void Checker::value(const Json& json, const Variable& variable, const std::string& pointer) {
  switch (variable.type) {
    case VariableType::object: return object(json, variable, pointer);
    case VariableType::list: return list(json, variable, pointer);
    case VariableType::integer:
    case VariableType::amount: return number(json, variable, pointer);
    case VariableType::boolean:
      if (!json.is_boolean()) misfit(pointer, variable);
      return;
    default:
      if (!json.is_string()) return misfit(pointer, variable);
      return text(json.get_ref<const std::string&>(), variable, pointer);
  }
}

void Checker::object(const Json& json, const Variable& variable, const std::string& pointer) {
  if (!json.is_object()) return misfit(pointer, variable);
  for (const auto& [name, member] : json.items()) {
    const auto* field = variable.field(name);
    const auto at = pointer + "/" + escape_pointer(name);
    if (field == nullptr) {
      unknown_field(name, variable, at);
    } else if (!member.is_null()) {
      value(member, *field, at);
    }
  }
  for (const auto& field : variable.fields) {
    const auto member = json.find(field.name);
    if (!field.required || (member != json.end() && !member->is_null())) continue;
    wrong(pointer + "/" + escape_pointer(field.name), fmt::format("is missing: the template needs {}{}{}", expectation(field),
                                                                  field.description.empty() ? "" : ": ", field.description));
  }
}

void Checker::unknown_field(const std::string& name, const Variable& variable, const std::string& pointer) {
  std::vector<std::string_view> known;
  known.reserve(variable.fields.size());
  for (const auto& field : variable.fields) known.push_back(field.name);
  const auto near = nearest_word(name, known);
  wrong(pointer, near.empty() ? "is not a variable of this template: delete it, or declare it in template.toml"
                              : fmt::format("is not a variable of this template; did you mean \"{}\"?", near));
}

void Checker::list(const Json& json, const Variable& variable, const std::string& pointer) {
  if (!json.is_array()) return misfit(pointer, variable);
  if (json.size() > kLongestList) return wrong(pointer, fmt::format("has {} elements; at most {} are allowed", json.size(), kLongestList));
  if (variable.required && json.empty()) return wrong(pointer, "is empty: at least one element is wanted");
  for (std::size_t i = 0; i < json.size() && errors.size() < kMostFieldErrors; ++i)
    value(json[i], *variable.element(), fmt::format("{}/{}", pointer, i));
}

void Checker::text(const std::string& text, const Variable& variable, const std::string& pointer) {
  const std::size_t longest = variable.type == VariableType::text ? kLongestText : kLongestString;
  if (text.empty()) {
    if (variable.required || !fits_text(text, variable)) wrong(pointer, "is empty: " + expectation(variable) + " is wanted");
    return;
  }
  if (count_characters(text) > longest) return wrong(pointer, fmt::format("has more than {} characters: shorten it", longest));
  if (find_invalid_utf8(text) != std::string::npos) return wrong(pointer, "is not valid UTF-8");
  if (find_control(text) != std::string::npos) return wrong(pointer, "holds a control character: remove it");
  if (variable.type != VariableType::text && text.find_first_of("\r\n\t") != std::string::npos) {
    return wrong(pointer, "must be one line, without tabs (only variables of type text may have several)");
  }
  if (!fits_text(text, variable)) misfit(pointer, variable);
}

void Checker::number(const Json& json, const Variable& variable, const std::string& pointer) {
  if (!json.is_number_integer()) return misfit(pointer, variable);
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return wrong(pointer, "is too large");
  const auto number = json.get<std::int64_t>();
  if (variable.type == VariableType::amount && (number > kLargestAmount || number < -kLargestAmount)) {
    wrong(pointer, "is too large an amount; it is in euro cents");
  }
}

}  // namespace

std::string expectation(const Variable& variable) {
  switch (variable.type) {
    case VariableType::string: return "a text of one line";
    case VariableType::text: return "a text";
    case VariableType::integer: return "a whole number";
    case VariableType::boolean: return "true or false";
    case VariableType::date: return "a date like \"2026-11-22\"";
    case VariableType::time: return "a time like \"14:30\"";
    case VariableType::datetime: return "a date and time with its offset, like \"2026-11-22T14:30:00+01:00\"";
    case VariableType::amount: return "an amount in euro cents, a whole number like 12550 for € 125.50";
    case VariableType::url: return "a web address beginning with https://";
    case VariableType::list:
      return fmt::format("a list, each element {}", variable.element() == nullptr ? "a text" : expectation(*variable.element()));
    case VariableType::object: return "an object";
  }
  return "a value";
}

std::vector<FieldError> validate_value(const Json& value, const Variable& variable, std::string_view pointer) {
  Checker checker;
  checker.value(value, variable, std::string(pointer));
  return std::move(checker.errors);
}

std::vector<FieldError> validate_data(const Json& data, const Variable& variables, std::string_view pointer) {
  return validate_value(data, variables, pointer);
}

}  // namespace messo
