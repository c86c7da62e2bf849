#include "api/field_reader.hpp"

#include <algorithm>

#include "config/problems.hpp"
#include "template/escape.hpp"

namespace messo::api {

using InputJson = nlohmann::json;

FieldReader::FieldReader(const InputJson& value, std::string pointer, std::span<const std::string_view> known, Findings& findings)
    : value_(value), pointer_(std::move(pointer)), findings_(findings) {
  if (!value.is_object()) {
    findings_.malformed(pointer_, "must be a JSON object");
    return;
  }
  for (const auto& [name, member] : value.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto nearest = nearest_word(name, known);
    std::string message = "there is no such field";
    if (!nearest.empty()) message.append("; did you mean \"").append(nearest).append("\"?");
    findings_.malformed(at(name), std::move(message));
  }
}

std::string FieldReader::at(std::string_view name) const { return pointer_ + "/" + escape_pointer(name); }

const InputJson* FieldReader::member(std::string_view name) const {
  if (!value_.is_object()) return nullptr;
  const auto found = value_.find(name);
  return found == value_.end() ? nullptr : &*found;
}

std::string check_text(std::string_view text, const TextRule& rule) {
  if (text.empty() && !rule.may_be_empty) return "must not be empty; leave it out when there is none";
  if (count_characters(text) > rule.max_characters) return "is over " + std::to_string(rule.max_characters) + " characters; shorten it";
  if (!rule.lines && !is_one_line(text)) return "must be one line without tabs";
  return {};
}

std::optional<std::string> FieldReader::text(std::string_view name, const TextRule& rule) {
  const auto* found = member(name);
  if (found == nullptr) return {};
  if (!found->is_string()) {
    findings_.malformed(at(name), "must be a text");
    return {};
  }
  const auto& text = found->get_ref<const std::string&>();
  if (auto wrong = check_text(text, rule); !wrong.empty()) {
    findings_.wrong(at(name), std::move(wrong));
    return {};
  }
  return text;
}

std::optional<std::string> FieldReader::required_text(std::string_view name, const TextRule& rule) {
  if (is_object() && !has(name)) findings_.malformed(at(name), "is missing");
  return text(name, rule);
}

std::optional<std::int64_t> FieldReader::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  const auto* found = member(name);
  if (found == nullptr) return {};
  if (!found->is_number_integer()) {
    findings_.malformed(at(name), "must be a whole number");
    return {};
  }
  const bool fits = found->is_number_unsigned() ? found->get<std::uint64_t>() <= static_cast<std::uint64_t>(most) : true;
  const auto value = fits ? found->get<std::int64_t>() : most;
  if (!fits || value < least || value > most) {
    findings_.wrong(at(name), "must be between " + std::to_string(least) + " and " + std::to_string(most));
    return {};
  }
  return value;
}

std::optional<bool> FieldReader::boolean(std::string_view name) {
  const auto* found = member(name);
  if (found == nullptr) return {};
  if (!found->is_boolean()) {
    findings_.malformed(at(name), "must be true or false");
    return {};
  }
  return found->get<bool>();
}

const InputJson* FieldReader::object(std::string_view name) {
  const auto* found = member(name);
  if (found == nullptr || found->is_object()) return found;
  findings_.malformed(at(name), "must be a JSON object");
  return nullptr;
}

const InputJson* FieldReader::array(std::string_view name, std::size_t most) {
  const auto* found = member(name);
  if (found == nullptr) return nullptr;
  if (!found->is_array()) {
    findings_.malformed(at(name), "must be a list");
    return nullptr;
  }
  if (found->size() > most) {
    findings_.wrong(at(name), "has more than " + std::to_string(most) + " entries; send fewer");
    return nullptr;
  }
  return found;
}

}  // namespace messo::api
