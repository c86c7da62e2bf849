// Amounts of money as text: exact, and nothing else is taken for one.
#include <gtest/gtest.h>

#include "model/money.hpp"

namespace messo {
namespace {

TEST(Euro, is_read_and_written_exactly) {
  EXPECT_EQ(parse_euro("0.045"), 45'000U);
  EXPECT_EQ(parse_euro("12"), 12'000'000U);
  EXPECT_EQ(parse_euro("0.000001"), 1U);
  EXPECT_EQ(parse_euro("999999999.999999"), 999'999'999'999'999U);
  EXPECT_EQ(parse_euro("0"), 0U);
  EXPECT_EQ(euro_text(45'000), "0.045");
  EXPECT_EQ(euro_text(12'300'000), "12.30");
  EXPECT_EQ(euro_text(12'000'000), "12.00");
  EXPECT_EQ(euro_text(1), "0.000001");
  EXPECT_EQ(euro_text(0), "0.00");
  for (const MicroEuro amount : {1U, 10U, 45'500U, 999'999U, 1'000'000U, 123'456'789U}) EXPECT_EQ(parse_euro(euro_text(amount)), amount);
}

TEST(Euro, that_is_none_is_refused) {
  for (const char* text : {"", ".", ".5", "5.", "-1", "+1", "1,5", "1e3", " 1", "1 ", "0.0000001", "1000000000", "1.2.3", "EUR 1", "0x1"})
    EXPECT_FALSE(parse_euro(text)) << text;
}

}  // namespace
}  // namespace messo
