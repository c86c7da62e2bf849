#include "sms_http/answer.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace messo::sms_http {
namespace {

using AnswerJson = nlohmann::json;

constexpr std::size_t kLongestValue = 512, kMostValues = 300, kLongestPattern = 512;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

tl::unexpected<Error> bad_shape(std::string sentence) { return fail(ErrorKind::invalid, "bad_description", std::move(sentence)); }

std::optional<std::string> text_of_value(const AnswerJson& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

const AnswerJson* step_into(const AnswerJson& value, const std::string& step) {
  if (value.is_object()) {
    const auto at = value.find(step);
    return at == value.end() ? nullptr : &*at;
  }
  if (!value.is_array() || step.empty() || step.size() > 6 || !std::ranges::all_of(step, [](char c) { return c >= '0' && c <= '9'; }))
    return nullptr;
  const std::size_t index = std::stoul(step);
  return index < value.size() ? &value[index] : nullptr;
}

// Level by level, so that nothing recurses.
std::vector<std::string> values_at(const AnswerJson& root, const std::vector<std::string>& steps) {
  std::vector<const AnswerJson*> level{&root}, next;
  for (const auto& step : steps) {
    next.clear();
    for (const AnswerJson* one : level) {
      if (step == "*" && one->is_array()) {
        for (const auto& element : *one) {
          if (next.size() < kMostValues) next.push_back(&element);
        }
      } else if (const AnswerJson* inner = step_into(*one, step)) {
        next.push_back(inner);
      }
    }
    level.swap(next);
  }
  std::vector<std::string> out;
  for (const AnswerJson* one : level) {
    if (auto text = text_of_value(*one)) out.push_back(text->substr(0, kLongestValue));
  }
  return out;
}

}  // namespace

std::string first_of(const Found& found, std::string_view name) {
  const auto at = found.find(name);
  return at == found.end() || at->second.empty() ? std::string() : at->second.front();
}

std::optional<std::vector<std::string>> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  if (pointer.empty()) return steps;
  if (pointer.front() != '/' || pointer.size() > 256) return std::nullopt;
  steps.emplace_back();
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (pointer[i] == '~') {
      if (i + 1 >= pointer.size() || (pointer[i + 1] != '0' && pointer[i + 1] != '1')) return std::nullopt;
      steps.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      steps.back() += pointer[i];
    }
  }
  return steps;
}

Result<std::shared_ptr<const re2::RE2>> make_pattern(const std::string& pattern) {
  if (pattern.empty() || pattern.size() > kLongestPattern) return bad_shape("a pattern has 1 to 512 bytes");
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  auto made = std::make_shared<const re2::RE2>(pattern, options);
  if (!made->ok()) return bad_shape("is no regular expression (RE2): " + made->error());
  return made;
}

bool is_found(const re2::RE2& pattern, std::string_view text) { return re2::RE2::PartialMatch(piece(text), pattern); }

Status AnswerShape::add_pointer(std::string name, const std::string& pointer) {
  auto steps = pointer_steps(pointer);
  if (!steps) return bad_shape("\"" + pointer + "\" is no JSON pointer: write /key/0/key, or /key/*/key for every element of a list");
  places_.push_back({std::move(name), std::move(*steps)});
  return {};
}

Status AnswerShape::add_pattern(const std::string& pattern) {
  auto made = make_pattern(pattern);
  if (!made) return fail(std::move(made.error()));
  if ((*made)->NamedCapturingGroups().empty())
    return bad_shape("\"" + pattern + "\" names no group: write (?P<id>...) around what is to be read");
  patterns_.push_back(std::move(*made));
  return {};
}

std::vector<std::string> AnswerShape::names() const {
  std::vector<std::string> out;
  out.reserve(places_.size());
  for (const auto& place : places_) out.push_back(place.name);
  for (const auto& pattern : patterns_) {
    for (const auto& [name, group] : pattern->NamedCapturingGroups()) out.push_back(name);
  }
  return out;
}

bool AnswerShape::names(std::string_view name) const { return std::ranges::count(names(), name) > 0; }

std::optional<Found> AnswerShape::read(std::string_view body) const {
  Found found;
  if (!places_.empty()) {
    const auto root = AnswerJson::parse(body, nullptr, false);
    if (root.is_discarded()) return std::nullopt;
    for (const auto& place : places_) {
      if (auto values = values_at(root, place.steps); !values.empty()) found[place.name] = std::move(values);
    }
    return found;
  }
  for (const auto& pattern : patterns_) {
    std::vector<re2::StringPiece> groups(static_cast<std::size_t>(pattern->NumberOfCapturingGroups()) + 1);
    if (!pattern->Match(piece(body), 0, body.size(), re2::RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) continue;
    for (const auto& [name, group] : pattern->NamedCapturingGroups()) {
      const auto& value = groups[static_cast<std::size_t>(group)];
      if (!value.empty()) found[name] = {std::string(value.data(), std::min(value.size(), kLongestValue))};
    }
    return found;
  }
  return patterns_.empty() ? std::optional(found) : std::nullopt;
}

}  // namespace messo::sms_http
