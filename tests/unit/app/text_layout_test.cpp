#include "app/cli/text_layout.hpp"

#include <gtest/gtest.h>

namespace messo::cli {
namespace {

TEST(DisplayWidth, counts_columns_not_bytes) {
  const std::pair<const char*, std::size_t> rows[] = {{"", 0},
                                                      {"abc", 3},
                                                      {"città", 5},
                                                      {"citta\xCC\x80", 5},
                                                      {"Größe", 5},
                                                      {"東京", 4},
                                                      {"🙂", 2},
                                                      {"a\xE2\x80\x8B"
                                                       "b",
                                                       2},
                                                      {"\xFF\xFE", 2},
                                                      {"\xC3", 1}};
  for (const auto& [text, width] : rows) EXPECT_EQ(display_width(text), width) << text;
}

TEST(Table, aligns_by_what_is_seen_and_leaves_out_empty_columns) {
  Table table({"NAME", "EMPTY", "N"});
  table.add({"città", "", "1"});
  table.add({"Rho", "", "22"});
  EXPECT_EQ(table.to_text(),
            "NAME   N\n"
            "città  1\n"
            "Rho    22\n");
}

TEST(Table, a_row_stays_on_its_line_and_harmless_to_the_terminal) {
  Table table({"A", "B"});
  table.add({"one\ntwo", "\x1B[31mred"});
  EXPECT_EQ(table.to_text(),
            "A        B\n"
            "one two   [31mred\n");
}

TEST(Clip, cuts_at_columns_with_an_ellipsis) {
  EXPECT_EQ(clip("città", 5), "città");
  EXPECT_EQ(clip("città di Como", 6), "città…");
  EXPECT_EQ(clip("東京都", 4), "東…");
}

TEST(Age, is_told_in_the_unit_people_would_use) {
  const Instant now = from_unix_ms(1'780'000'000'000);
  EXPECT_EQ(age(now, now), "just now");
  EXPECT_EQ(age(now - Seconds{90}, now), "90 s");
  EXPECT_EQ(age(now - Seconds{3'599}, now), "59 min");
  EXPECT_EQ(age(now - std::chrono::hours{47}, now), "47 h");
  EXPECT_EQ(age(now - std::chrono::hours{72}, now), "3 days");
}

TEST(ShortSize, uses_powers_of_1024) {
  EXPECT_EQ(short_size(512), "512 B");
  EXPECT_EQ(short_size(1536), "1.5 KiB");
  EXPECT_EQ(short_size(3ULL << 30), "3.0 GiB");
}

}  // namespace
}  // namespace messo::cli
