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

// Where in the data a value is; written out only for an error, of which most jobs have none.
struct Place {
  const Place* above = nullptr;
  std::string_view name;  // of the member; of the root, its pointer
  std::size_t index = 0;  // of an element, where `name` is null

  std::string pointer() const {
    if (above == nullptr) return std::string(name);
    return above->pointer() + "/" + (name.data() == nullptr ? std::to_string(index) : escape_pointer(name));
  }
};

class Checker {
 public:
  void value(const Json& json, const Variable& variable, const Place& place);
  std::vector<FieldError> errors;

 private:
  void wrong(const Place& place, std::string message) {
    if (errors.size() < kMostFieldErrors) errors.push_back({place.pointer(), std::move(message)});
  }
  void misfit(const Place& place, const Variable& variable) { wrong(place, fmt::format("{} is wanted", expectation(variable))); }
  void object(const Json& json, const Variable& variable, const Place& place);
  void list(const Json& json, const Variable& variable, const Place& place);
  void text(const std::string& text, const Variable& variable, const Place& place);
  void number(const Json& json, const Variable& variable, const Place& place);
  void unknown_field(const std::string& name, const Variable& variable, const Place& place);
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

void Checker::value(const Json& json, const Variable& variable, const Place& place) {
  switch (variable.type) {
    case VariableType::object: return object(json, variable, place);
    case VariableType::list: return list(json, variable, place);
    case VariableType::integer:
    case VariableType::amount: return number(json, variable, place);
    case VariableType::boolean:
      if (!json.is_boolean()) misfit(place, variable);
      return;
    default:
      if (!json.is_string()) return misfit(place, variable);
      return text(json.get_ref<const std::string&>(), variable, place);
  }
}

void Checker::object(const Json& json, const Variable& variable, const Place& place) {
  if (!json.is_object()) return misfit(place, variable);
  for (const auto& [name, member] : json.items()) {
    const auto* field = variable.field(name);
    const Place at{&place, name};
    if (field == nullptr) {
      unknown_field(name, variable, at);
    } else if (!member.is_null()) {
      value(member, *field, at);
    }
  }
  for (const auto& field : variable.fields) {
    const auto member = json.find(field.name);
    if (!field.required || (member != json.end() && !member->is_null())) continue;
    wrong({&place, field.name}, fmt::format("is missing: the template needs {}{}{}", expectation(field),
                                            field.description.empty() ? "" : ": ", field.description));
  }
}

void Checker::unknown_field(const std::string& name, const Variable& variable, const Place& place) {
  std::vector<std::string_view> known;
  known.reserve(variable.fields.size());
  for (const auto& field : variable.fields) known.push_back(field.name);
  const auto near = nearest_word(name, known);
  wrong(place, near.empty() ? "is not a variable of this template: delete it, or declare it in template.toml"
                            : fmt::format("is not a variable of this template; did you mean \"{}\"?", near));
}

void Checker::list(const Json& json, const Variable& variable, const Place& place) {
  if (!json.is_array()) return misfit(place, variable);
  if (json.size() > kLongestList) return wrong(place, fmt::format("has {} elements; at most {} are allowed", json.size(), kLongestList));
  if (variable.required && json.empty()) return wrong(place, "is empty: at least one element is wanted");
  for (std::size_t i = 0; i < json.size() && errors.size() < kMostFieldErrors; ++i) value(json[i], *variable.element(), {&place, {}, i});
}

void Checker::text(const std::string& text, const Variable& variable, const Place& place) {
  const std::size_t longest = variable.type == VariableType::text ? kLongestText : kLongestString;
  if (text.empty()) {
    if (variable.required || !fits_text(text, variable)) wrong(place, "is empty: " + expectation(variable) + " is wanted");
    return;
  }
  if (count_characters(text) > longest) return wrong(place, fmt::format("has more than {} characters: shorten it", longest));
  if (find_invalid_utf8(text) != std::string::npos) return wrong(place, "is not valid UTF-8");
  if (find_control(text) != std::string::npos) return wrong(place, "holds a control character: remove it");
  if (variable.type != VariableType::text && !is_one_line(text)) {
    return wrong(place, "must be one line, without tabs (only variables of type text may have several)");
  }
  if (!fits_text(text, variable)) misfit(place, variable);
}

void Checker::number(const Json& json, const Variable& variable, const Place& place) {
  if (!json.is_number_integer()) return misfit(place, variable);
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX)) return wrong(place, "is too large");
  const auto number = json.get<std::int64_t>();
  if (variable.type == VariableType::amount && (number > kLargestAmount || number < -kLargestAmount)) {
    wrong(place, "is too large an amount; it is in euro cents");
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
  checker.value(value, variable, {nullptr, pointer});
  return std::move(checker.errors);
}

std::vector<FieldError> validate_data(const Json& data, const Variable& variables, std::string_view pointer) {
  return validate_value(data, variables, pointer);
}

}  // namespace messo
