// The GSM 7 bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1, §6.2.1.1). National language tables are not used: there is
// none for Italian, German, French or Slovene. Pure.
#pragma once
#include <cstdint>
#include <optional>

namespace messo::sms {

constexpr std::uint8_t kEscape = 0x1B;  // what follows is from the extension table

// A character in the alphabet: one septet, or two when it is of the extension table (kEscape, then `septet`).
struct Gsm {
  std::uint8_t septet = 0;
  bool extended = false;
  unsigned units() const { return extended ? 2 : 1; }
};

// Nothing: the character is in neither table. U+001B itself is not: it would be read as the escape.
std::optional<Gsm> to_gsm(char32_t character);
// Septets 0 to 127 of the default alphabet; kEscape gives a blank, as §6.2.1 asks of a reader.
char32_t from_gsm(std::uint8_t septet);
// Nothing: no such character in the extension table.
std::optional<char32_t> from_gsm_extension(std::uint8_t septet);

}  // namespace messo::sms
