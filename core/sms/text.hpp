// Short messages: which encoding a text takes, what is written instead of characters the short encoding lacks, and how it falls into parts
// (3GPP TS 23.038, TS 23.040 §9.2.3.24). Pure; any thread. No text is too hostile: bytes that are no UTF-8 count as U+FFFD each.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace messo::sms {

enum class Encoding : std::uint8_t {
  gsm7,  // GSM 7 bit alphabet with extension table: 160 septets a message
  ucs2,  // UTF-16: 70 code units a message
};
std::string_view to_string(Encoding encoding);  // "gsm7", "ucs2"

// What may be done about characters that are not in the GSM alphabet.
enum class Policy : std::uint8_t {
  gsm_only,       // nothing: such a text is refused
  transliterate,  // write something readable instead; if that does not do for the whole text, it goes in UCS-2, unchanged
  unicode,        // send the text as it is
};
std::string_view to_string(Policy policy);  // "gsm-only", "transliterate", "unicode"
std::optional<Policy> parse_policy(std::string_view name);

// What transliteration wrote instead of what, and how often; UTF-8. An empty `to`: left out.
struct Change {
  std::string from, to;
  std::size_t count = 0;
  bool operator==(const Change&) const = default;
};

// Information element of concatenation (TS 23.040 §9.2.3.24.1, .8): leaves 153 septets or 67 UTF-16 units a part, or 152 and 66.
enum class Reference : std::uint8_t { eight_bits, sixteen_bits };

constexpr unsigned kMostParts = 255;  // what a concatenation can count
// Septets or UTF-16 units of a message that goes alone, and of a part.
unsigned single_units(Encoding encoding);
unsigned part_units(Encoding encoding, Reference reference);

struct Measured {
  Encoding encoding = Encoding::gsm7;
  unsigned segments = 1;               // parts it takes, each paid for; 1 for an empty text. May be over kMostParts: ask `check`
  unsigned units = 0;                  // septets (a character of the extension table counts 2) or UTF-16 code units, without headers
  std::vector<std::string> forced_by;  // the characters that keep it from being gsm7, each once, in order; empty for gsm7
  std::vector<Change> changed;         // in order of the first; empty unless transliterated
  std::string text;                    // UTF-8, as it is sent
};
Measured measure(std::string_view utf8, Policy policy, Reference reference = Reference::eight_bits);

// The first ten of `forced_by`, for a sentence: "ő ű ...".
std::string name_forcing(const Measured& measured);

// Whether a text measured under this policy may be sent in at most `most_segments` parts; over kMostParts it never may. Errors, without the
// text itself: invalid "sms_not_gsm" (names up to ten characters), too_large "sms_too_long" (names both numbers).
Status check(const Measured& measured, Policy policy, unsigned most_segments = kMostParts);

struct Part {
  std::string units;  // gsm7: one septet an octet, extension characters as two octets; ucs2: UTF-16BE octets
};
struct Split {
  Encoding encoding = Encoding::gsm7;
  std::vector<Part> parts;  // at least one
};
// gsm7 where the text allows it, else ucs2; one part if it fits alone (160 septets, 70 units). No part ends within an escape pair or a
// surrogate pair. Over kMostParts parts cannot be sent: the caller refuses them.
Split split(std::string_view utf8, Reference reference);

// Bits between a user data header of so many octets and the first septet (TS 23.040 §9.2.3.24): 1 after 6 octets, 0 after 7.
constexpr unsigned fill_bits_after(std::size_t header_octets) { return static_cast<unsigned>((7 - header_octets * 8 % 7) % 7); }
// Septets, one an octet, to octets (TS 23.038 §6.1.2.1), after 0 to 6 empty bits.
std::string pack_septets(std::string_view unpacked, unsigned fill_bits);
// As many septets as there are whole ones. Seven empty bits at the end look like a last septet 0 ("@"): who knows the count cuts it off.
std::string unpack_septets(std::string_view packed, unsigned fill_bits);

// To UTF-8, for receipts and inbound messages. What is not defined becomes U+FFFD: an octet over 127, half a surrogate pair, an odd octet.
// An escape before a septet without extension character gives the septet's own character (TS 23.038 §6.2.1.1).
std::string decode_gsm7(std::string_view unpacked);
std::string decode_ucs2(std::string_view utf16be);
std::string decode_latin1(std::string_view octets);  // ISO 8859-1: data coding 3

}  // namespace messo::sms
