// Which day it is where people live. Pure but for the system's time zone database.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace messo {

struct LocalDay {
  std::int32_t number = 0;  // since 1970-01-01
  Instant ends{};           // the first moment of the next one: 23, 24 or 25 hours after it began
};
// In UTC where there is no such zone.
LocalDay local_day(Instant at, std::string_view zone);

// "2026-11-22".
std::string day_text(std::int32_t number);

}  // namespace messo
