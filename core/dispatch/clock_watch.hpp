// Notices that somebody moved the wall clock, by the monotonic one. Pure.
#pragma once
#include <optional>
#include <utility>

#include "base/time.hpp"

namespace messo {

// The wall clock did not go on from `was`, as it should have, but from `now`.
struct ClockStep {
  Instant was, now;
  bool back() const { return now < was; }
};

class ClockWatch {
 public:
  // Less is drift, or the time between reading the two clocks.
  static constexpr Millis kSmallestStep{2'000};

  // To be called every second or so. A step is told at the second look that sees it: between reading the one clock and the other a thread
  // may be held up. A machine that was suspended looks like a clock set forward.
  std::optional<ClockStep> look(Instant wall, Steady steady) {
    if (!base_) base_ = {wall, steady};
    const Instant expected = base_->first + std::chrono::round<Millis>(steady - base_->second);
    const Millis off = wall - expected;
    if (std::chrono::abs(off) >= kSmallestStep && (!suspected_ || std::chrono::abs(off - *suspected_) >= kSmallestStep)) {
      suspected_ = off;
      return {};
    }
    base_ = {wall, steady};
    suspected_.reset();
    return std::chrono::abs(off) < kSmallestStep ? std::nullopt : std::optional(ClockStep{expected, wall});
  }

 private:
  std::optional<std::pair<Instant, Steady>> base_;
  std::optional<Millis> suspected_;
};

}  // namespace messo
