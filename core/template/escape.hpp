// Escaping by the channel part a text goes into, and the one-line rule of subjects and headers. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace messo {

enum class Escape : std::uint8_t {
  none,      // text, SMS, push: as it is
  html,      // & < > " '
  markdown,  // CommonMark punctuation that could start a link, an image, emphasis, code or HTML (App IO)
};

// Appends `text` escaped.
void append_escaped(std::string& out, std::string_view text, Escape escape);

// One line for a subject or header: every run of white space and control characters (C0, DEL, C1, U+2028, U+2029, byte-order mark) becomes
// one space, both ends are trimmed. After it no header can be injected (RFC 5322 §2.2). Invalid UTF-8 is left as it is.
std::string to_single_line(std::string_view text);

// Offset of the first byte that is not well-formed UTF-8 (RFC 3629), or npos.
std::size_t find_invalid_utf8(std::string_view text);
// Offset of the first C0 control other than tab, line feed and carriage return, or DEL; npos when there is none.
std::size_t find_control(std::string_view text);
// Code points of well-formed UTF-8.
std::size_t count_characters(std::string_view text);
// Without tab, line feed and carriage return.
bool is_one_line(std::string_view text);

}  // namespace messo
