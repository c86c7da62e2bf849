// Letters of ASCII, whatever the locale is; other bytes stay as they are.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

namespace messo {

constexpr char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

inline std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), lower_letter);
  return text;
}

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower_letter, lower_letter);
}

}  // namespace messo
