#include "channel/config_explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "channel/config_pattern.hpp"
#include "config/problems.hpp"

namespace messo {
namespace {

using nlohmann::json;

const json kNothing = json::object();

const json& member(const json& schema, const char* name) {
  const auto at = schema.find(name);
  return at == schema.end() ? kNothing : *at;
}

bool is_of_type(const std::string& type, const json& value) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  return type != "null" || value.is_null();
}
bool has_right_type(const json& schema, const json& value) {
  const json& type = member(schema, "type");
  if (type.is_string()) return is_of_type(type.get<std::string>(), value);
  if (!type.is_array() || type.empty()) return true;
  return std::ranges::any_of(type, [&](const json& one) { return is_of_type(one.get<std::string>(), value); });
}

std::string bounds(const json& schema, const char* low, const char* high) {
  const bool from = schema.contains(low), to = schema.contains(high);
  if (from && to) return fmt::format(" from {} to {}", schema[low].dump(), schema[high].dump());
  if (from) return fmt::format(" of at least {}", schema[low].dump());
  if (to) return fmt::format(" of at most {}", schema[high].dump());
  return {};
}

// Bounds by count ("minLength", "minItems") or by value.
template <class N>
bool within(const json& schema, const char* low, const char* high, N number) {
  if (schema.contains(low) && static_cast<double>(number) < schema[low].get<double>()) return false;
  return !schema.contains(high) || static_cast<double>(number) <= schema[high].get<double>();
}
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

bool fits_pattern(const json& schema, const json& value) {
  const json& pattern = member(schema, "pattern");
  return !pattern.is_string() || !value.is_string() || pattern_is_found(pattern.get<std::string>(), value.get_ref<const std::string&>());
}

bool fits(const json& schema, const json& value) {
  if (!has_right_type(schema, value)) return false;
  if (schema.contains("const") && schema["const"] != value) return false;
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) return false;
  if (value.is_number() && !within(schema, "minimum", "maximum", value.get<double>())) return false;
  if (value.is_array() && !within(schema, "minItems", "maxItems", value.size())) return false;
  if (!value.is_string()) return true;
  const auto& text = value.get_ref<const std::string&>();
  return within(schema, "minLength", "maxLength", characters(text)) && fits_pattern(schema, value);
}

void explain_object(const json& schema, const json& value, const std::string& at, std::vector<FieldError>& errors) {
  const json& properties = member(schema, "properties");
  std::vector<std::string_view> known;
  for (const auto& [name, unused] : properties.items()) known.push_back(name);
  for (const auto& [name, inner] : value.items()) {
    const std::string pointer = at + "/" + escape_pointer(name);
    if (properties.contains(name)) {
      explain(properties[name], inner, pointer, errors);
    } else if (member(schema, "additionalProperties") == false) {
      const std::string_view near = nearest_word(name, known);
      errors.push_back({pointer, near.empty() ? fmt::format("there is no such key; the keys are {}", fmt::join(known, ", "))
                                              : fmt::format("there is no such key; did you mean \"{}\"?", near)});
    }
  }
  for (const json& name : member(schema, "required")) {
    const auto key = name.get<std::string>();
    if (value.contains(key)) continue;
    const json& inner = properties.contains(key) ? properties[key] : kNothing;
    errors.push_back({at + "/" + escape_pointer(key),
                      fmt::format("is missing: give {}{}", expectation(inner),
                                  inner.contains("description") ? " (" + inner["description"].get<std::string>() + ")" : "")});
  }
}

}  // namespace

std::string expectation(const json& schema) {
  if (schema.contains("const")) return schema["const"].dump();
  if (schema.contains("enum")) {
    std::vector<std::string> words;
    for (const json& one : schema["enum"]) words.push_back(one.dump());
    return fmt::format("one of {}", fmt::join(words, ", "));
  }
  const json& type = member(schema, "type");
  const std::string name = type.is_string() ? type.get<std::string>() : "";
  if (name == "object") return "a table";
  if (name == "boolean") return "true or false";
  if (name == "integer") return "a whole number" + bounds(schema, "minimum", "maximum");
  if (name == "number") return "a number" + bounds(schema, "minimum", "maximum");
  if (name == "array") {
    const std::string length = bounds(schema, "minItems", "maxItems");
    return length.empty() ? "a list" : "a list" + length + " entries";
  }
  if (name == "string") {
    const std::string length = bounds(schema, "minLength", "maxLength");
    std::string out = schema.value("minLength", 0) == 1 && !schema.contains("maxLength") ? "a text that is not empty"
                      : length.empty()                                                   ? "a text"
                                                                                         : "a text" + length + " characters";
    if (schema.contains("pattern")) out += " like " + schema["pattern"].get<std::string>();
    return out;
  }
  return "a value";
}

void explain_patterns(const json& schema, const json& value, const std::string& at, std::vector<FieldError>& errors) {
  if (!schema.is_object()) return;
  if (!fits_pattern(schema, value)) errors.push_back({at, "must be " + expectation(schema)});
  if (value.is_object()) {
    const json& properties = member(schema, "properties");
    for (const auto& [name, inner] : value.items()) {
      if (properties.contains(name)) explain_patterns(properties[name], inner, at + "/" + escape_pointer(name), errors);
    }
  }
  if (!value.is_array()) return;
  for (std::size_t i = 0; i < value.size(); ++i) explain_patterns(member(schema, "items"), value[i], at + "/" + std::to_string(i), errors);
}

void explain(const json& schema, const json& value, const std::string& at, std::vector<FieldError>& errors) {
  if (!schema.is_object()) return;
  if (!fits(schema, value)) {
    errors.push_back({at, "must be " + expectation(schema)});
    return;
  }
  if (value.is_object()) explain_object(schema, value, at, errors);
  if (!value.is_array() || !member(schema, "items").is_object()) return;
  for (std::size_t i = 0; i < value.size(); ++i) explain(schema["items"], value[i], at + "/" + std::to_string(i), errors);
}

}  // namespace messo
