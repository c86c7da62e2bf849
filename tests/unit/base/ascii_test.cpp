// Letters of ASCII, one by one and eight bytes at once.
#include "base/ascii.hpp"

#include <gtest/gtest.h>

#include <array>

#include "base/eight_bytes.hpp"

namespace messo {
namespace {

TEST(Ascii, case_is_that_of_ascii_letters_alone) {
  EXPECT_EQ(lower_case("Aà ZÀ@[`{9"), "aà zÀ@[`{9");
  EXPECT_TRUE(equal_ignoring_case("X-Ricevuta", "x-rICEVUTA"));
  EXPECT_FALSE(equal_ignoring_case("X-Ricevuta", "X-Ricevute"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("@", "`")) << "letters only";
}

TEST(EightBytes, every_byte_is_found_at_every_place) {
  for (int byte = 0; byte < 256; ++byte) {
    for (std::size_t place = 0; place < EightBytes::size; ++place) {
      std::array<char, EightBytes::size> text{'a', ' ', '~', '0', 'Z', '<', '>', '.'};
      text[place] = static_cast<char>(byte);
      const EightBytes eight(text.data());
      const bool ascii = byte < 0x80;
      EXPECT_EQ(eight.beyond_ascii() == 0, ascii) << byte;
      EXPECT_EQ(eight.count_beyond_ascii(), ascii ? 0U : 1U) << byte;
      EXPECT_EQ(eight.unprintable() == 0, byte >= 0x20 && byte <= 0x7e) << byte;
      EXPECT_TRUE(!ascii || (eight.equal_to('=') != 0) == (byte == '=')) << byte;
    }
  }
  EXPECT_EQ(EightBytes("\x80\xff\xc3\xa8\x80\x80\x80\x80").count_beyond_ascii(), 8U);
}

}  // namespace
}  // namespace messo
