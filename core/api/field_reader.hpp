// Takes the members of one JSON object by name and type, and finds fault with the rest. Pure.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/problem.hpp"

namespace messo::api {

struct TextRule {
  std::size_t max_characters = 200;
  bool may_be_empty = false;
  bool lines = false;  // line breaks and tabs allowed
};

// Borrows everything. Every getter gives nullopt both when the member is absent and when it is wrong; in the latter case with a finding.
class FieldReader {
 public:
  // Not an object: one finding, and every getter gives nullopt. Names not in `known` are findings that name the nearest known one.
  FieldReader(const nlohmann::json& value, std::string pointer, std::span<const std::string_view> known, Findings& findings);

  std::optional<std::string> text(std::string_view name, const TextRule& rule = {});
  std::optional<std::string> required_text(std::string_view name, const TextRule& rule = {});
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t least, std::int64_t most);
  std::optional<bool> boolean(std::string_view name);
  // The member when it is an object or array.
  const nlohmann::json* object(std::string_view name);
  const nlohmann::json* array(std::string_view name, std::size_t most);
  // One of the words of an enum: `parse` turns it into a value, `words` lists them for the message.
  template <class T>
  std::optional<T> word(std::string_view name, std::optional<T> (*parse)(std::string_view), std::string_view words) {
    const auto found = text(name, {60, true, false});
    if (!found) return {};
    if (auto value = parse(*found)) return value;
    findings_.malformed(at(name), "must be one of " + std::string(words));
    return {};
  }

  std::string at(std::string_view name) const;
  bool is_object() const { return value_.is_object(); }
  bool has(std::string_view name) const { return member(name) != nullptr; }

 private:
  const nlohmann::json* member(std::string_view name) const;
  const nlohmann::json& value_;
  std::string pointer_;
  Findings& findings_;
};

// What is wrong with a text under the rule; "" when nothing is.
std::string check_text(std::string_view text, const TextRule& rule);

}  // namespace messo::api
