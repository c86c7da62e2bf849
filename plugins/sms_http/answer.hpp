// What is read out of a gateway's answer: values at JSON pointers, or named groups of regular expressions (RE2: linear time, no stack) for
// answers in text. Pure; answers are hostile.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace re2 {
class RE2;
}

namespace messo::sms_http {

// Name -> values in the order of the answer; a name without a value is not in it.
using Found = std::map<std::string, std::vector<std::string>, std::less<>>;
// The first value, or "".
std::string first_of(const Found& found, std::string_view name);

class AnswerShape {
 public:
  // RFC 6901, where a step "*" stands for every element of a list. Error: a sentence.
  Status add_pointer(std::string name, const std::string& pointer);
  // With named groups: ^OK;(?P<id>[^;]+). The first pattern that is found decides. Error: a sentence.
  Status add_pattern(const std::string& pattern);

  bool empty() const { return places_.empty() && patterns_.empty(); }
  bool is_text() const { return !patterns_.empty(); }
  bool names(std::string_view name) const;
  std::vector<std::string> names() const;

  // nullopt: not what the description says (no JSON, no pattern found). Values are cut at 512 bytes; at
  // most 300 of a name.
  std::optional<Found> read(std::string_view body) const;

 private:
  struct PointedPlace {
    std::string name;
    std::vector<std::string> steps;
  };
  std::vector<PointedPlace> places_;
  std::vector<std::shared_ptr<const re2::RE2>> patterns_;
};

// "/a/0/b" as its steps, ~0 and ~1 resolved; nullopt when it is no pointer.
std::optional<std::vector<std::string>> pointer_steps(std::string_view pointer);
// A regular expression for short texts from outside, ignoring nothing. Error: a sentence.
Result<std::shared_ptr<const re2::RE2>> make_pattern(const std::string& pattern);
bool is_found(const re2::RE2& pattern, std::string_view text);

}  // namespace messo::sms_http
