#include "template/escape.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace messo {
namespace {

// Texts of all lengths around the steps of eight, with one odd character anywhere.
std::vector<std::string> texts_with(std::string_view odd) {
  std::vector<std::string> out;
  for (std::size_t size = 0; size <= 40; ++size) {
    for (std::size_t at = 0; at <= size; ++at) out.push_back(std::string(size, 'a').insert(at, odd));
  }
  return out;
}

TEST(Scanning, finds_a_control_character_wherever_it_is) {
  for (const std::string_view odd : {"\x01", "\x1f", "\x7f", "\x0b"}) {
    for (const auto& text : texts_with(odd)) EXPECT_EQ(find_control(text), text.find(odd)) << text;
  }
  for (const std::string_view allowed : {"\t", "\n", "\r", " ", "~", "è", "\xc2\x80"}) {
    for (const auto& text : texts_with(allowed)) EXPECT_EQ(find_control(text), std::string::npos) << text;
  }
}

TEST(Scanning, finds_what_is_not_utf8_wherever_it_is) {
  for (const std::string_view odd : {"\xff", "\x80", "\xc3", "\xed\xa0\x80", "\xc0\xaf", "\xf5\x80\x80\x80"}) {
    for (const auto& text : texts_with(odd)) EXPECT_EQ(find_invalid_utf8(text), text.find(odd)) << text;
  }
  for (const std::string_view sound : {"è", "€", "😀", "\x7f", "\x01"}) {
    for (const auto& text : texts_with(sound)) EXPECT_EQ(find_invalid_utf8(text), std::string::npos) << text;
  }
}

TEST(Scanning, counts_characters_and_not_bytes) {
  for (const std::string_view one : {"è", "€", "😀", "\x7f", "\n"}) {
    for (const auto& text : texts_with(one)) EXPECT_EQ(count_characters(text), text.size() - one.size() + 1) << text;
  }
}

TEST(Scanning, tells_one_line_from_several) {
  for (const std::string_view breaks : {"\n", "\r", "\t"}) {
    for (const auto& text : texts_with(breaks)) EXPECT_FALSE(is_one_line(text)) << text;
  }
  for (const std::string_view harmless : {"", " ", "è", "~", "\x7f"}) {
    for (const auto& text : texts_with(harmless)) EXPECT_TRUE(is_one_line(text)) << text;
  }
}

TEST(Scanning, agrees_with_looking_at_each_byte) {
  std::mt19937 random(20261122);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 48, '\0');
    // Mostly printable, so that whole steps are skipped.
    for (char& c : text) c = static_cast<char>(random() % 16 == 0 ? random() % 256 : 0x20 + random() % 95);
    const auto control = std::ranges::find_if(text, [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f;
    });
    EXPECT_EQ(find_control(text), control == text.end() ? std::string::npos : static_cast<std::size_t>(control - text.begin()));
    EXPECT_EQ(count_characters(text),
              static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; })));
    EXPECT_EQ(is_one_line(text), text.find_first_of("\t\n\r") == std::string::npos);
  }
}

}  // namespace
}  // namespace messo
