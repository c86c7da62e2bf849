#include "template/local_day.hpp"

#include <date/tz.h>

#include "template/zone_named.hpp"

namespace messo {
namespace {

LocalDay utc_day(Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  return {static_cast<std::int32_t>(day.time_since_epoch().count()), day + std::chrono::days{1}};
}

}  // namespace

LocalDay local_day(Instant at, std::string_view name) {
  try {
    const date::time_zone& zone = zone_named(name);
    const auto local = zone.to_local(date::sys_time<Millis>{at.time_since_epoch()});
    const auto day = date::floor<date::days>(local);
    // Midnight itself may be skipped or come twice: the first moment that is of the next day.
    const auto next = zone.to_sys(day + date::days{1}, date::choose::earliest);
    return {static_cast<std::int32_t>(day.time_since_epoch().count()),
            Instant{std::chrono::duration_cast<Millis>(next.time_since_epoch())}};
  } catch (const std::runtime_error&) {  // the zone, or the database of zones, is not there
    return utc_day(at);
  }
}

std::string day_text(std::int32_t number) {
  constexpr std::size_t kDate = 10;
  return to_rfc3339(Instant{std::chrono::days{number}}).substr(0, kDate);
}

}  // namespace messo
