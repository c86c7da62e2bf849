// Reading the JSON form of typed values: shared by validation and formatting. Pure.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace messo {

struct TimeOfDay {
  int hour = 0, minute = 0, second = 0;
};

// "2026-11-22", years 1000 to 9999 (birth dates are older than 1970).
std::optional<std::chrono::year_month_day> parse_date(std::string_view text);
// "14:30" or "14:30:00".
std::optional<TimeOfDay> parse_time(std::string_view text);
// http or https, a host, no user information, no spaces, controls, quotes or angle brackets (RFC 3986), at most 2,048 bytes.
bool is_web_address(std::string_view text);

}  // namespace messo
