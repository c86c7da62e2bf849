#include "channel/config_pattern.hpp"

#include <regex>

namespace messo {
namespace {

constexpr std::size_t kLongestPattern = 256;
constexpr std::size_t kLongestText = 64U << 10;

// libstdc++'s breadth-first matcher. Its usual one recurses once a character, which a listener's thread has no stack for, and tries for
// ever where "(a+)+$" is searched in a row of a.
std::regex compiled(const std::string& pattern) {
  return std::regex(pattern, std::regex_constants::ECMAScript | std::regex_constants::__polynomial);
}

}  // namespace

std::string flaw_of_pattern(const std::string& pattern) {
  if (pattern.size() > kLongestPattern) return "is over 256 bytes";
  try {
    (void)compiled(pattern);
    return {};
  } catch (const std::regex_error& e) {
    return e.code() == std::regex_constants::error_complexity ? "refers back to a group"
                                                              : std::string("is no regular expression: ") + e.what();
  }
}

bool pattern_is_found(const std::string& pattern, std::string_view text) {
  return text.size() <= kLongestText && std::regex_search(text.begin(), text.end(), compiled(pattern));
}

}  // namespace messo
