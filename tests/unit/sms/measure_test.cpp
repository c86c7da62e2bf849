#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sms/text.hpp"

namespace messo::sms {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string times(std::size_t count, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

struct Row {
  std::string text;
  Encoding encoding;
  unsigned units, segments;  // of parts with an 8-bit reference
  unsigned segments_16;      // with a 16-bit one
};

TEST(Measure, counts_units_and_segments_at_every_border) {
  constexpr auto gsm7 = Encoding::gsm7, ucs2 = Encoding::ucs2;
  const Row rows[] = {
      {"", gsm7, 0, 1, 1},
      {"a", gsm7, 1, 1, 1},
      {times(160, "a"), gsm7, 160, 1, 1},
      {times(161, "a"), gsm7, 161, 2, 2},
      {times(304, "a"), gsm7, 304, 2, 2},
      {times(305, "a"), gsm7, 305, 2, 3},
      {times(306, "a"), gsm7, 306, 2, 3},
      {times(307, "a"), gsm7, 307, 3, 3},
      {times(80, "€"), gsm7, 160, 1, 1},
      {times(79, "€") + "ab", gsm7, 160, 1, 1},
      {times(80, "€") + "a", gsm7, 161, 2, 2},
      // 153 is odd: a pair that would be torn moves on, so 76 a part and one septet lost
      {times(152, "€"), gsm7, 304, 2, 2},
      {times(153, "€"), gsm7, 306, 3, 3},
      {times(152, "a") + "€" + times(152, "a"), gsm7, 306, 3, 3},
      {times(151, "a") + "€" + times(153, "a"), gsm7, 306, 2, 3},
      {"č", ucs2, 1, 1, 1},
      {times(70, "č"), ucs2, 70, 1, 1},
      {times(71, "č"), ucs2, 71, 2, 2},
      {times(132, "č"), ucs2, 132, 2, 2},
      {times(134, "č"), ucs2, 134, 2, 3},
      {times(135, "č"), ucs2, 135, 3, 3},
      {times(35, "😀"), ucs2, 70, 1, 1},
      {times(36, "😀"), ucs2, 72, 2, 2},
      // 67 is odd: an emoji on the border moves on whole
      {times(66, "a") + "😀" + times(66, "a"), ucs2, 134, 3, 2 + 1},
      {times(65, "a") + "😀" + times(67, "a"), ucs2, 134, 2, 3},
      {times(64, "a") + "😀" + times(66, "a"), ucs2, 132, 2, 2},
      {times(66, "😀"), ucs2, 132, 2, 2},
      {times(67, "😀"), ucs2, 134, 3, 3},
      {times(153 * 255, "a"), gsm7, 39015, 255, 257},
      {times(153 * 255 + 1, "a"), gsm7, 39016, 256, 257},
      {times(67 * 255, "č"), ucs2, 17085, 255, 259},
  };
  for (const auto& row : rows) {
    const auto short_reference = measure(row.text, Policy::unicode);
    EXPECT_EQ(short_reference.encoding, row.encoding) << row.text;
    EXPECT_EQ(short_reference.units, row.units) << row.text;
    EXPECT_EQ(short_reference.segments, row.segments) << row.text;
    EXPECT_EQ(measure(row.text, Policy::unicode, Reference::sixteen_bits).segments, row.segments_16) << row.text;
  }
}

TEST(Measure, names_each_character_that_forces_ucs2_once_and_in_order) {
  const auto measured = measure("È già così: «perché» è “così” È", Policy::unicode);
  EXPECT_EQ(measured.encoding, Encoding::ucs2);
  EXPECT_THAT(measured.forced_by, ElementsAre("È", "«", "»", "“", "”"));
  EXPECT_THAT(measured.changed, IsEmpty());
  EXPECT_EQ(measured.text, "È già così: «perché» è “così” È");
}

TEST(Measure, transliterates_what_italian_offices_write_and_says_what_changed) {
  const auto measured = measure("È pronta – l’atto “ICI”… È TAB\tç", Policy::transliterate);
  EXPECT_EQ(measured.encoding, Encoding::gsm7);
  EXPECT_EQ(measured.text, "E' pronta - l'atto \"ICI\"... E' TAB c");
  EXPECT_THAT(measured.forced_by, IsEmpty());
  EXPECT_THAT(measured.changed, ElementsAre(Change{"È", "E'", 2}, Change{"–", "-", 1}, Change{"’", "'", 1}, Change{"“", "\"", 1},
                                            Change{"”", "\"", 1}, Change{"…", "...", 1}, Change{"\t", " ", 1}, Change{"ç", "c", 1}));
  EXPECT_EQ(measured.units, measured.text.size());
}

TEST(Measure, every_replacement_is_in_the_alphabet_and_reads_the_same) {
  const std::pair<const char*, const char*> rows[] = {
      {"ÀÈÌÒÙ", "A'E'I'O'U'"},
      {"áíóú", "àìòù"},
      {"âêîôûëïç", "aeioueic"},
      {"čšž ČŠŽ", "csz CSZ"},
      {"Đorđe Łódź", "Dorde Lòdz"},
      {"’‘“”«»", "''\"\"\"\""},
      {"–—…•", "--...-"},
      {"a\u00A0b\u202Fc\u2009d", "a b c d"},
      {"co\u00ADop\u200Bera\uFEFF", "coopera"},
      {"`ciao´", "'ciao'"},
      {"œuvre ﬁne ẞ", "oeuvre fine ß"},
      {"1ª 2º 5×3 m²", "1a 2o 5x3 m2"},
      {"e\u0300 e\u0301 o\u0300 E\u0300 c\u030C n\u0303 u\u0308 z\u0323", "è é ò E' c ñ ü z"},
      {"e\u0323\u0302 ê\u0323 è\u0323", "e e è"},
  };
  for (const auto& [from, to] : rows) {
    const auto measured = measure(from, Policy::transliterate);
    EXPECT_EQ(measured.text, to);
    EXPECT_EQ(measured.encoding, Encoding::gsm7) << from;
    EXPECT_EQ(measure(measured.text, Policy::gsm_only).encoding, Encoding::gsm7) << from;
  }
}

TEST(Measure, leaves_a_text_unchanged_that_needs_ucs2_all_the_same) {
  const auto measured = measure("È arrivata… 😀 5°", Policy::transliterate);
  EXPECT_EQ(measured.encoding, Encoding::ucs2);
  EXPECT_EQ(measured.text, "È arrivata… 😀 5°");
  EXPECT_THAT(measured.forced_by, ElementsAre("😀", "°"));
  EXPECT_THAT(measured.changed, IsEmpty());
}

TEST(Measure, changes_nothing_that_is_in_the_alphabet) {
  const std::string text = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./09:;<=>?¡AZÄÖÑÜ§¿azäöñüà\f^{}\\[~]|€";
  for (const auto policy : {Policy::gsm_only, Policy::transliterate, Policy::unicode}) {
    const auto measured = measure(text, policy);
    EXPECT_EQ(measured.encoding, Encoding::gsm7);
    EXPECT_EQ(measured.text, text);
    EXPECT_EQ(measured.units, 81U + 10U);  // ten of them take two septets
  }
}

TEST(Measure, takes_bytes_that_are_no_utf8_for_a_replacement_character) {
  const std::pair<const char*, const char*> rows[] = {
      {"a\xff", "a\uFFFD"},
      {"\xc3", "\uFFFD"},
      {"\xe2\x82", "\uFFFD\uFFFD"},
      {"\xc0\xaf", "\uFFFD\uFFFD"},
      {"\x80z", "\uFFFDz"},
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},
      {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
  };
  for (const auto& [from, to] : rows) {
    const auto measured = measure(from, Policy::transliterate);
    EXPECT_EQ(measured.text, to);
    EXPECT_EQ(measured.encoding, Encoding::ucs2);
    EXPECT_THAT(measured.forced_by, ElementsAre("\uFFFD"));
  }
}

TEST(Measure, the_escape_itself_is_no_character_of_a_text) {
  EXPECT_THAT(measure("\x1b", Policy::transliterate).forced_by, ElementsAre("\x1b"));
  EXPECT_EQ(measure(std::string(1, '\0'), Policy::gsm_only).encoding, Encoding::ucs2);
}

TEST(Check, refuses_by_name_what_the_policy_or_the_maximum_does_not_allow) {
  const auto beyond = measure("È già", Policy::gsm_only);
  EXPECT_THAT(beyond.forced_by, ElementsAre("È"));
  const auto refused = check(beyond, Policy::gsm_only, 6);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "sms_not_gsm");
  EXPECT_NE(refused.error().message.find("È"), std::string::npos);
  EXPECT_TRUE(check(beyond, Policy::unicode, 6));

  const auto longer = measure(times(161, "a"), Policy::gsm_only);
  EXPECT_TRUE(check(longer, Policy::gsm_only, 2));
  const auto too_long = check(longer, Policy::gsm_only, 1);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, "sms_too_long");

  EXPECT_TRUE(check(measure(times(153 * 255, "a"), Policy::unicode), Policy::unicode));
  EXPECT_FALSE(check(measure(times(153 * 255 + 1, "a"), Policy::unicode), Policy::unicode));
  EXPECT_FALSE(check(measure(times(153 * 255 + 1, "a"), Policy::unicode), Policy::unicode, 1000));  // no concatenation counts past 255
}

TEST(Check, names_at_most_ten_characters) {
  std::string greek;
  for (const char* letter : {"α", "β", "γ", "δ", "ε", "ζ", "η", "θ", "ι", "κ", "λ", "μ"}) greek += letter;
  const auto refused = check(measure(greek, Policy::gsm_only), Policy::gsm_only, 6);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("κ ..."), std::string::npos) << refused.error().message;
  EXPECT_EQ(refused.error().message.find("λ"), std::string::npos);
}

TEST(Words, are_read_as_they_are_written) {
  for (const auto policy : {Policy::gsm_only, Policy::transliterate, Policy::unicode}) EXPECT_EQ(parse_policy(to_string(policy)), policy);
  for (const char* other : {"", "gsm_only", "GSM-only", "ucs2"}) EXPECT_FALSE(parse_policy(other)) << other;
  EXPECT_EQ(to_string(Encoding::gsm7), "gsm7");
  EXPECT_EQ(to_string(Encoding::ucs2), "ucs2");
}

}  // namespace
}  // namespace messo::sms
