#include "sms/alphabet.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace messo::sms {
namespace {

constexpr std::u32string_view kAlphabet =
    U"@£$¥èéùìòÇ\nØø\rÅå"
    U"Δ_ΦΓΛΩΠΨΣΘΞ\x1b"
    U"ÆæßÉ"
    U" !\"#¤%&'()*+,-./"
    U"0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNO"
    U"PQRSTUVWXYZÄÖÑÜ§"
    U"¿abcdefghijklmno"
    U"pqrstuvwxyzäöñüà";
static_assert(kAlphabet.size() == 128);

struct Extension {
  char32_t character;
  std::uint8_t septet;
};
constexpr Extension kExtensions[] = {{U'\f', 0x0A}, {U'^', 0x14}, {U'{', 0x28}, {U'}', 0x29}, {U'\\', 0x2F},
                                     {U'[', 0x3C},  {U'~', 0x3D}, {U']', 0x3E}, {U'|', 0x40}, {U'€', 0x65}};

constexpr std::uint8_t kNone = 0xFF;
// Septets of the characters below U+0100, which nearly all are.
constexpr auto kLatin = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    if (kAlphabet[i] < table.size() && i != kEscape) table[kAlphabet[i]] = static_cast<std::uint8_t>(i);
  }
  return table;
}();
constexpr std::size_t kGreekBegins = 0x10, kGreekEnds = 0x1B;  // where the alphabet has its Greek capitals

}  // namespace

std::optional<Gsm> to_gsm(char32_t character) {
  if (character < kLatin.size()) {
    if (kLatin[character] != kNone) return Gsm{kLatin[character], false};
  } else if (const auto at = kAlphabet.substr(kGreekBegins, kGreekEnds - kGreekBegins).find(character); at != std::u32string_view::npos) {
    return Gsm{static_cast<std::uint8_t>(kGreekBegins + at), false};
  }
  const auto* found = std::ranges::find(kExtensions, character, &Extension::character);
  if (found == std::end(kExtensions)) return {};
  return Gsm{found->septet, true};
}

char32_t from_gsm(std::uint8_t septet) {
  septet &= 0x7F;
  return septet == kEscape ? U' ' : kAlphabet[septet];
}

std::optional<char32_t> from_gsm_extension(std::uint8_t septet) {
  const auto* found = std::ranges::find(kExtensions, septet, &Extension::septet);
  if (found == std::end(kExtensions)) return {};
  return found->character;
}

}  // namespace messo::sms
