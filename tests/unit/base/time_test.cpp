#include "base/time.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

TEST(Rfc3339, round_trips_utc) { EXPECT_EQ(to_rfc3339(from_unix_ms(1'763'782'363'120)), "2025-11-22T03:32:43.120Z"); }

TEST(Rfc3339, reads_offsets_and_fractions) {
  EXPECT_EQ(parse_rfc3339("2025-11-22T04:32:43.12+01:00"), from_unix_ms(1'763'782'363'120));
  EXPECT_EQ(parse_rfc3339("2025-11-22t03:32:43z"), from_unix_ms(1'763'782'363'000));
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00-00:30"), parse_rfc3339("2024-02-29T00:30:00Z"));
}

TEST(Rfc3339, refuses_what_is_not_one) {
  for (const char* bad : {"", "2025-11-22", "2025-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2025-11-22T24:00:00Z", "2025-11-22T03:32:43",
                          "2025-11-22T03:32:43.Z", "2025-11-22T03:32:43+0100", "2025-11-22T03:32:43Zx", "1969-01-01T00:00:00Z",
                          "2025-11-22T03:32:43+", "20251122T033243Z", "2025-11-22T03:32:43.1234567890Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

}  // namespace
}  // namespace messo
