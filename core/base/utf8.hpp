// UTF-8, one character after the other (RFC 3629 §4: shortest forms only, no surrogates, nothing past U+10FFFF). Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace messo {

// What stands for bytes that are no UTF-8.
constexpr char32_t kReplacementCharacter = 0xFFFD;

// One character and its bytes; length 0: what stands there is not well-formed.
struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;
};

// The character that begins at `at`, which must lie within the text.
inline CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || length > text.size() - at) return {};
  char32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  const std::uint8_t second = byte(1);
  if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return {};
  if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return {};
  return {value, length};
}

// Appends a character; one that UTF-8 does not know (a surrogate, past U+10FFFF) as U+FFFD.
inline void append_utf8(std::string& out, char32_t value) {
  if ((value >= 0xD800 && value <= 0xDFFF) || value > 0x10FFFF) value = kReplacementCharacter;
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((value >> shift) & 0x3FU)); };
  if (value < 0x80) {
    out += static_cast<char>(value);
  } else if (value < 0x800) {
    out += static_cast<char>(0xC0U | (value >> 6));
    tail(0);
  } else if (value < 0x10000) {
    out += static_cast<char>(0xE0U | (value >> 12));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (value >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace messo
