// The keyword "pattern" of a plugin's schema (JSON Schema draft 7: a regular expression of ECMA 262). The text comes from outside, the
// pattern from the plugin's author: matching takes time and stack by the pattern's length and the text's, never by how often one could try.
#pragma once
#include <string>
#include <string_view>

namespace messo {

// "" when it is one; otherwise what is wrong: over 256 bytes, back-references, no regular expression.
std::string flaw_of_pattern(const std::string& pattern);

// Whether it is found in the text; false for a text over 64 KiB. `pattern` must be without flaw.
bool pattern_is_found(const std::string& pattern, std::string_view text);

}  // namespace messo
