#include "sms/transliteration.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace messo::sms {
namespace {

// Every character of `from` is written as `to`.
struct Rule {
  std::string_view to;
  std::u32string_view from;
};
constexpr Rule kRules[] = {
    // punctuation
    {"'", U"‘’‚‛‹›′ʼʹ`´"},
    {"\"", U"“”„‟«»″"},
    {"-", U"‐‑‒–—―−"},
    {"...", U"…"},
    {"-", U"•‣·∙▪●"},
    {" ", U"\t\u00A0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000"},
    {"\n", U"\v\u2028\u2029"},
    {"", U"\u00AD\u200B\u200C\u200D\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2060\uFE0E\uFE0F\uFEFF"},
    {"/", U"⁄"},
    {"x", U"×"},
    {"<=", U"≤"},
    {">=", U"≥"},
    {"->", U"→"},
    {"<-", U"←"},
    // signs
    {"1/4", U"¼"},
    {"1/2", U"½"},
    {"3/4", U"¾"},
    {"1", U"¹"},
    {"2", U"²"},
    {"3", U"³"},
    {"o", U"º"},
    {"a", U"ª"},
    {"(c)", U"©"},
    {"(r)", U"®"},
    {"TM", U"™"},
    {"No.", U"№"},
    {"Ω", U"\u2126"},
    {"Δ", U"\u2206"},
    {"Å", U"\u212B"},
    {"£", U"₤"},
    // Italian: capitals with an apostrophe, small letters with the accent the alphabet has
    {"A'", U"ÀÁ"},
    {"E'", U"È"},
    {"I'", U"ÌÍ"},
    {"O'", U"ÒÓ"},
    {"U'", U"ÙÚ"},
    {"à", U"á"},
    {"ì", U"í"},
    {"ò", U"ó"},
    {"ù", U"ú"},
    // other letters of Europe in Latin script
    {"a", U"âãāăą"},
    {"A", U"ÂÃĀĂĄ"},
    {"c", U"çćĉċč"},
    {"C", U"ĆĈĊČ"},
    {"d", U"ďđ"},
    {"D", U"ĎĐ"},
    {"e", U"êëēĕėęě"},
    {"E", U"ÊËĒĔĖĘĚ"},
    {"g", U"ĝğġģ"},
    {"G", U"ĜĞĠĢ"},
    {"h", U"ĥħ"},
    {"H", U"ĤĦ"},
    {"i", U"îïĩīĭįı"},
    {"I", U"ÎÏĨĪĬĮİ"},
    {"j", U"ĵ"},
    {"J", U"Ĵ"},
    {"k", U"ķ"},
    {"K", U"Ķ"},
    {"l", U"ĺļľŀł"},
    {"L", U"ĹĻĽĿŁ"},
    {"n", U"ńņň"},
    {"N", U"ŃŅŇ"},
    {"o", U"ôõōŏő"},
    {"O", U"ÔÕŌŎŐ"},
    {"r", U"ŕŗř"},
    {"R", U"ŔŖŘ"},
    {"s", U"śŝşšș"},
    {"S", U"ŚŜŞŠȘ"},
    {"t", U"ţťŧț"},
    {"T", U"ŢŤŦȚ"},
    {"u", U"ûũūŭůűų"},
    {"U", U"ÛŨŪŬŮŰŲ"},
    {"w", U"ŵẁẃẅ"},
    {"W", U"ŴẀẂẄ"},
    {"y", U"ýÿŷ"},
    {"Y", U"ÝŸŶ"},
    {"z", U"źżž"},
    {"Z", U"ŹŻŽ"},
    {"oe", U"œ"},
    {"OE", U"Œ"},
    {"ß", U"ẞ"},
    {"th", U"þ"},
    {"Th", U"Þ"},
    {"d", U"ð"},
    {"D", U"Ð"},
    {"fi", U"ﬁ"},
    {"fl", U"ﬂ"},
    {"ff", U"ﬀ"},
    {"ffi", U"ﬃ"},
    {"ffl", U"ﬄ"},
};

// Letters with a combining mark after them (Unicode form NFD, as some systems write names) that are not written as the letter alone.
struct Combined {
  std::string_view to;
  char letter;
  std::u32string_view marks;
};
constexpr std::u32string_view kGraveOrAcute = U"\u0300\u0301\u0340\u0341";
constexpr Combined kCombined[] = {
    {"é", 'e', U"\u0301\u0341"}, {"è", 'e', U"\u0300\u0340"}, {"É", 'E', U"\u0301\u0341"}, {"E'", 'E', U"\u0300\u0340"},
    {"à", 'a', kGraveOrAcute},   {"ì", 'i', kGraveOrAcute},   {"ò", 'o', kGraveOrAcute},   {"ù", 'u', kGraveOrAcute},
    {"A'", 'A', kGraveOrAcute},  {"I'", 'I', kGraveOrAcute},  {"O'", 'O', kGraveOrAcute},  {"U'", 'U', kGraveOrAcute},
    {"ä", 'a', U"\u0308"},       {"ö", 'o', U"\u0308"},       {"ü", 'u', U"\u0308"},       {"Ä", 'A', U"\u0308"},
    {"Ö", 'O', U"\u0308"},       {"Ü", 'U', U"\u0308"},       {"ñ", 'n', U"\u0303"},       {"Ñ", 'N', U"\u0303"},
    {"å", 'a', U"\u030A"},       {"Å", 'A', U"\u030A"},       {"Ç", 'C', U"\u0327"},
};

bool is_letter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
bool is_combining_mark(char32_t c) { return c >= 0x0300 && c <= 0x036F; }

}  // namespace

Replacement find_replacement(std::string_view text, std::size_t at) {
  const auto character = code_point_at(text, at);
  const auto next = at + character.length;
  if (is_letter(character.value) && next < text.size()) {
    const auto mark = code_point_at(text, next);
    if (!is_combining_mark(mark.value)) return {};
    const std::size_t length = character.length + mark.length;
    for (const auto& combined : kCombined) {
      if (static_cast<char32_t>(combined.letter) == character.value && combined.marks.find(mark.value) != std::u32string_view::npos)
        return {length, combined.to};
    }
    return {length, text.substr(at, character.length)};
  }
  if (is_combining_mark(character.value)) return {character.length, {}};  // on a letter that has its replacement, or a second one
  for (const auto& rule : kRules) {
    if (rule.from.find(character.value) != std::u32string_view::npos) return {character.length, rule.to};
  }
  return {};
}

}  // namespace messo::sms
