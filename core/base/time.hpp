// Instants, RFC 3339 text, and the injected clock.
#pragma once
#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace messo {

using Millis = std::chrono::milliseconds;
using Seconds = std::chrono::seconds;
// Wall time, UTC, millisecond resolution; stored as a 64-bit count of Unix milliseconds.
using Instant = std::chrono::sys_time<Millis>;
// Monotonic time: for leases, timeouts and rates, which a clock step must not disturb.
using Steady = std::chrono::steady_clock::time_point;

inline std::int64_t to_unix_ms(Instant t) { return t.time_since_epoch().count(); }
inline Instant from_unix_ms(std::int64_t ms) { return Instant{Millis{ms}}; }

// "2026-11-22T03:32:43.120Z" (RFC 3339 §5.6, UTC, upper-case Z, always three decimals).
std::string to_rfc3339(Instant t);
// Accepts any RFC 3339 offset; nullopt when the text is not one or the year is outside 1970..9999.
std::optional<Instant> parse_rfc3339(std::string_view text);

// Thread-safe. Cheap: no I/O.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant now() const = 0;
  virtual Steady steady() const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant now() const override;
  Steady steady() const override;
};

// For tests: both times move only when told to. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Instant start = from_unix_ms(1'780'000'000'000)) : wall_ms_(to_unix_ms(start)) {}
  Instant now() const override { return from_unix_ms(wall_ms_.load()); }
  Steady steady() const override { return Steady{Millis{steady_ms_.load()}}; }
  void advance(Millis by) {
    wall_ms_ += by.count();
    steady_ms_ += by.count();
  }
  // A step of the wall clock alone (NTP, an operator): monotonic time goes on.
  void step_wall(Millis by) { wall_ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_ms_;
  std::atomic<std::int64_t> steady_ms_{1'000'000};
};

}  // namespace messo
