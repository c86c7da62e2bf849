// Characters beyond the GSM alphabet, written with characters of it so that people read the same. Pure.
#pragma once
#include <cstddef>
#include <string_view>

namespace messo::sms {

struct Replacement {
  std::size_t length = 0;  // bytes of the text it stands for: a letter with a combining accent counts as one character
  std::string_view to;     // UTF-8, only characters of the GSM alphabet; empty: it only steered the layout (zero width, soft hyphen)
};

// What to write for the character at `at` of well-formed UTF-8; length 0: there is nothing readable. Typographic quotes, dashes and blanks,
// letters of the languages of Europe in Latin script; È becomes E' as Italian does, á becomes à, no emoji, no degree sign (5° would read
// 5o).
Replacement find_replacement(std::string_view text, std::size_t at);

}  // namespace messo::sms
