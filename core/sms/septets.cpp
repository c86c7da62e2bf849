// Octets of the air interface: packed septets, and back to UTF-8.
#include <cstdint>

#include "base/utf8.hpp"
#include "sms/alphabet.hpp"
#include "sms/text.hpp"

namespace messo::sms {
namespace {

std::uint8_t octet_at(std::string_view octets, std::size_t at) { return static_cast<std::uint8_t>(octets[at]); }

char32_t utf16_unit(std::string_view octets, std::size_t at) {
  return static_cast<char32_t>((octet_at(octets, at) << 8) | octet_at(octets, at + 1));
}

}  // namespace

std::string pack_septets(std::string_view unpacked, unsigned fill_bits) {
  std::string out;
  out.reserve((unpacked.size() * 7 + fill_bits + 7) / 8);
  unsigned held = 0, bits = fill_bits % 7;
  for (const char septet : unpacked) {
    held |= (static_cast<unsigned>(septet) & 0x7FU) << bits;
    bits += 7;
    if (bits < 8) continue;
    out += static_cast<char>(held & 0xFFU);
    held >>= 8;
    bits -= 8;
  }
  if (bits > 0 && !unpacked.empty()) out += static_cast<char>(held);
  return out;
}

std::string unpack_septets(std::string_view packed, unsigned fill_bits) {
  std::string out;
  out.reserve(packed.size() * 8 / 7);
  for (std::size_t bit = fill_bits % 7; bit + 7 <= packed.size() * 8; bit += 7) {
    unsigned two = octet_at(packed, bit / 8);
    if (bit / 8 + 1 < packed.size()) two |= static_cast<unsigned>(octet_at(packed, bit / 8 + 1)) << 8;
    out += static_cast<char>((two >> (bit % 8)) & 0x7FU);
  }
  return out;
}

std::string decode_gsm7(std::string_view unpacked) {
  std::string out;
  out.reserve(unpacked.size());
  bool escaped = false;
  for (std::size_t at = 0; at < unpacked.size(); ++at) {
    const auto septet = octet_at(unpacked, at);
    if (septet == kEscape && !escaped) {
      escaped = true;
      continue;
    }
    const auto extension = escaped ? from_gsm_extension(septet) : std::nullopt;
    escaped = false;
    append_utf8(out, septet > 127 ? kReplacementCharacter : extension.value_or(from_gsm(septet)));
  }
  if (escaped) out += ' ';
  return out;
}

std::string decode_ucs2(std::string_view utf16be) {
  std::string out;
  out.reserve(utf16be.size());
  std::size_t at = 0;
  while (at + 2 <= utf16be.size()) {
    const char32_t unit = utf16_unit(utf16be, at);
    at += 2;
    if (unit >= 0xD800 && unit <= 0xDBFF && at + 2 <= utf16be.size()) {
      const char32_t low = utf16_unit(utf16be, at);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        append_utf8(out, 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
        at += 2;
        continue;
      }
    }
    append_utf8(out, unit);  // half a pair: U+FFFD
  }
  if (at < utf16be.size()) append_utf8(out, kReplacementCharacter);
  return out;
}

std::string decode_latin1(std::string_view octets) {
  std::string out;
  out.reserve(octets.size());
  for (const char octet : octets) append_utf8(out, static_cast<std::uint8_t>(octet));
  return out;
}

}  // namespace messo::sms
