#include <gtest/gtest.h>

#include <random>

#include "base/hash.hpp"
#include "base/utf8.hpp"
#include "sms/alphabet.hpp"
#include "sms/text.hpp"

namespace messo::sms {
namespace {

std::string decode(const Split& split) {
  std::string out;
  for (const auto& part : split.parts) out += split.encoding == Encoding::gsm7 ? decode_gsm7(part.units) : decode_ucs2(part.units);
  return out;
}

TEST(Split, one_part_where_the_text_fits_alone) {
  const auto gsm = split("Città €5", Reference::eight_bits);
  ASSERT_EQ(gsm.parts.size(), 1U);
  EXPECT_EQ(gsm.encoding, Encoding::gsm7);
  EXPECT_EQ(to_hex(gsm.parts[0].units), "436974747f201b6535");
  const auto ucs2 = split("è č😀", Reference::eight_bits);
  ASSERT_EQ(ucs2.parts.size(), 1U);
  EXPECT_EQ(ucs2.encoding, Encoding::ucs2);
  EXPECT_EQ(to_hex(ucs2.parts[0].units), "00e80020010dd83dde00");
  EXPECT_EQ(split("", Reference::eight_bits).parts.size(), 1U);
}

TEST(Split, an_escape_pair_on_the_border_begins_the_next_part) {
  const auto parts = split(std::string(152, 'a') + "€" + std::string(20, 'b'), Reference::eight_bits).parts;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].units, std::string(152, 'a'));
  EXPECT_EQ(parts[1].units.substr(0, 3),
            "\x1b\x65"
            "b");
}

TEST(Split, an_emoji_on_the_border_begins_the_next_part) {
  const auto parts = split(std::string(66, 'a') + "😀" + std::string(20, 'b'), Reference::eight_bits).parts;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].units.size(), 2U * 66);
  EXPECT_EQ(to_hex(parts[1].units.substr(0, 6)), "d83dde000062");
}

TEST(Split, two_hundred_and_fifty_five_parts_are_full_ones) {
  const auto text = std::string(std::size_t{153} * kMostParts, 'x');
  const auto parts = split(text, Reference::eight_bits).parts;
  ASSERT_EQ(parts.size(), kMostParts);
  for (const auto& part : parts) ASSERT_EQ(part.units.size(), 153U);
  EXPECT_EQ(split(text + "x", Reference::eight_bits).parts.size(), kMostParts + 1);  // for the caller to refuse
}

TEST(Split, any_text_comes_back_whole_in_the_number_of_parts_that_was_measured) {
  const char* const pieces[] = {"a", "è", "€", "[", "😀", "č", "\n", "Ω", "zz", "\xff", "漢"};
  std::mt19937 random(20'260'101);  // NOLINT: the same texts in every run
  for (int round = 0; round < 400; ++round) {
    const bool gsm = round % 2 == 0;
    std::string text;
    for (auto left = random() % 500; left > 0; --left) text += pieces[gsm ? random() % 4 : random() % std::size(pieces)];
    for (const auto reference : {Reference::eight_bits, Reference::sixteen_bits}) {
      const auto measured = measure(text, Policy::unicode, reference);
      const auto parts = split(text, reference);
      ASSERT_EQ(parts.encoding, measured.encoding);
      ASSERT_EQ(parts.parts.size(), measured.segments);
      ASSERT_EQ(decode(parts), measured.text);
      std::size_t octets = 0;
      const std::size_t room = parts.parts.size() == 1 ? single_units(parts.encoding) : part_units(parts.encoding, reference);
      for (const auto& part : parts.parts) {
        octets += part.units.size();
        const bool gsm7 = parts.encoding == Encoding::gsm7;
        ASSERT_LE(part.units.size(), gsm7 ? room : 2 * room);
        ASSERT_FALSE(gsm7 && part.units.ends_with(static_cast<char>(kEscape)));
      }
      ASSERT_EQ(octets, measured.encoding == Encoding::gsm7 ? measured.units : 2 * measured.units);
    }
  }
}

TEST(Septets, pack_as_the_standard_and_known_messages_do) {
  const std::tuple<const char*, unsigned, const char*> rows[] = {
      {"", 0, ""},
      {"1", 0, "31"},
      {"hellohello", 0, "e8329bfd4697d9ec37"},  // known PDUs of SMS-SUBMIT
      {"How are you?", 0, "c8f71d14969741f977fd07"},
      {"1234567", 0, "31d98c56b3dd00"},   // 49 bits in seven octets
      {"12345678", 0, "31d98c56b3dd70"},  // 56 bits: the octets are full
      {"A", 1, "82"},                     // after a header of six octets
      {"AB", 1, "8242"},
  };
  for (const auto& [text, fill, hex] : rows) {
    EXPECT_EQ(to_hex(pack_septets(text, fill)), hex) << text;
    EXPECT_EQ(unpack_septets(pack_septets(text, fill), fill).substr(0, std::string_view(text).size()), text);
  }
  EXPECT_EQ(pack_septets(std::string(160, 'a'), 0).size(), 140U);
  EXPECT_EQ(pack_septets(std::string(153, 'a'), fill_bits_after(6)).size(), 134U);
  EXPECT_EQ(pack_septets(std::string(152, 'a'), fill_bits_after(7)).size(), 133U);
  EXPECT_EQ(fill_bits_after(6), 1U);
  EXPECT_EQ(fill_bits_after(7), 0U);
}

TEST(Septets, come_back_whatever_the_fill_bits) {
  std::string all;
  for (int i = 0; i < 128; ++i) all += static_cast<char>(i);
  for (unsigned fill = 0; fill < 7; ++fill) {
    const auto back = unpack_septets(pack_septets(all, fill), fill);
    EXPECT_EQ(back.substr(0, all.size()), all) << fill;
    EXPECT_LE(back.size(), all.size() + 1);
  }
}

TEST(Decode, gsm7_follows_the_extension_table_and_forgives_what_is_not_in_it) {
  const std::pair<std::string, std::string> rows[] = {
      {std::string("\x00\x04\x7f", 3), "@èà"},
      {"\x1b\x65", "€"},
      {"\x1b\x3c\x1b\x3e", "[]"},
      {"\x1b\x41", "A"},  // not in the extension table: its own character
      {"a\x1b", "a "},    // cut off
      {"\x1b\x1b", " "},
      {"\x80z", "\uFFFDz"},
  };
  for (const auto& [septets, text] : rows) EXPECT_EQ(decode_gsm7(septets), text) << to_hex(septets);
}

TEST(Decode, every_septet_of_the_alphabet_is_the_inverse_of_encoding) {
  for (unsigned septet = 0; septet < 128; ++septet) {
    if (septet == kEscape) continue;
    const auto gsm = to_gsm(from_gsm(static_cast<std::uint8_t>(septet)));
    ASSERT_TRUE(gsm) << septet;
    EXPECT_EQ(gsm->septet, septet);
    EXPECT_FALSE(gsm->extended);
    const auto extension = from_gsm_extension(static_cast<std::uint8_t>(septet));
    if (!extension) continue;
    const auto back = to_gsm(*extension);
    ASSERT_TRUE(back) << septet;
    EXPECT_EQ(back->septet, septet);
    EXPECT_TRUE(back->extended);
  }
}

TEST(Decode, ucs2_joins_pairs_and_marks_what_is_broken) {
  const std::pair<const char*, const char*> rows[] = {
      {"", ""},           {"00e8010d", "èč"},      {"d83dde00", "😀"},    {"d83d", "\uFFFD"},
      {"de00", "\uFFFD"}, {"d83d0061", "\uFFFDa"}, {"006100", "a\uFFFD"}, {"d83dde", "\uFFFD\uFFFD"}};
  for (const auto& [hex, text] : rows) EXPECT_EQ(decode_ucs2(*from_hex(hex)), text) << hex;
}

TEST(Decode, latin1) { EXPECT_EQ(decode_latin1("perch\xe9 \x80"), "perché \u0080"); }

}  // namespace
}  // namespace messo::sms
