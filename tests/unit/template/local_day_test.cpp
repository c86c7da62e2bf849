// Days of people: when they begin and end, also where the clocks change.
#include <gtest/gtest.h>

#include "template/local_day.hpp"

namespace messo {
namespace {

Instant at(std::int64_t seconds) { return from_unix_ms(seconds * 1000); }
LocalDay rome(Instant when) { return local_day(when, "Europe/Rome"); }

TEST(LocalDay, ends_at_midnight_where_people_are) {
  // 2026-11-22T22:59:59Z is 23:59:59 in Rome, a second later it is tomorrow.
  const auto evening = rome(at(1'795'388'399)), night = rome(at(1'795'388'400));
  EXPECT_EQ(day_text(evening.number), "2026-11-22");
  EXPECT_EQ(evening.ends, at(1'795'388'400));
  EXPECT_EQ(day_text(night.number), "2026-11-23");
  EXPECT_EQ(night.ends - evening.ends, std::chrono::hours{24});
}

TEST(LocalDay, has_23_or_25_hours_when_the_clocks_change) {
  // 2026-03-29 in Rome begins at 23:00Z of the 28th and has 23 hours; 2026-10-25 begins at 22:00Z of the 24th and has 25.
  const auto spring = rome(at(1'774'742'400)), autumn = rome(at(1'792'882'800));
  EXPECT_EQ(day_text(spring.number), "2026-03-29");
  EXPECT_EQ(spring.ends, at(1'774'738'800) + std::chrono::hours{23});
  EXPECT_EQ(day_text(autumn.number), "2026-10-25");
  EXPECT_EQ(autumn.ends, at(1'792'879'200) + std::chrono::hours{25});
}

TEST(LocalDay, of_a_zone_nobody_knows_is_that_of_utc) {
  const auto day = local_day(at(1'795'388'400), "Europe/Atlantis");
  EXPECT_EQ(day_text(day.number), "2026-11-22");
  EXPECT_EQ(day.ends, at(1'795'392'000));
  EXPECT_EQ(day_text(0), "1970-01-01");
  EXPECT_EQ(day_text(-1), "1969-12-31");
}

}  // namespace
}  // namespace messo
