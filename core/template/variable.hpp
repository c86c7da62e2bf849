// The declared variables of a template: names, types, and what they demand of the data.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace messo {

// How a value is written in JSON, and how it is printed, by language.
enum class VariableType : std::uint8_t {
  string,    // one line of text
  text,      // several lines; in HTML parts each line break becomes <br>
  integer,   // JSON integer
  boolean,   // JSON true or false; printed "sì"/"no"
  date,      // "2026-11-22" (RFC 3339 §5.6 full-date)
  time,      // "14:30" or "14:30:00", local
  datetime,  // "2026-11-22T14:30:00+01:00" (RFC 3339 §5.6 date-time, an offset is required), printed in the local zone
  amount,    // JSON integer: euro cents
  url,       // absolute http or https address
  list,      // JSON array of `items`; printed "a, b e c" when the items are scalars
  object,    // JSON object with `fields`; not printable itself
};
std::string_view to_string(VariableType type);
std::optional<VariableType> parse_variable_type(std::string_view text);
// The names of all types, for messages: "string, text, ...".
std::string variable_type_names();

// One variable, or one field of an object, or the element of a list. A template's variables together are one Variable of type object
// without a name.
struct Variable {
  std::string name;
  VariableType type = VariableType::string;
  bool required = true;
  bool personal = false;  // personal data: lint keeps it out of subjects
  std::string description;
  nlohmann::json example;        // null: none given
  std::vector<Variable> fields;  // of an object
  std::vector<Variable> items;   // of a list: exactly one, the element's type
  std::uint32_t line = 0;        // in template.toml

  // The field named so; null when there is none or this is no object. Valid as long as this object.
  const Variable* field(std::string_view field_name) const;
  const Variable* element() const { return items.empty() ? nullptr : &items.front(); }
  bool is_scalar() const { return type != VariableType::list && type != VariableType::object; }
};

// {"deadline": example, ...}: example data of a whole template, from the examples of its variables. Variables without one are left out.
nlohmann::json example_data(const Variable& root);
// The variables as the API shows them: [{"name", "type", "required", "personal", "description", "example", "fields" | "items"}].
nlohmann::json variables_to_json(const Variable& root);

}  // namespace messo
