// Rates of a provider: one token bucket per window, kept over restarts (pure, one thread).
//
// Within the process tokens come with monotonic time, so a step of the wall clock changes nothing; what is persisted carries wall time,
// because a monotonic clock means nothing after a reboot.
#pragma once
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "model/directory.hpp"
#include "store/work_queue.hpp"

namespace messo {

class TokenBucket {
 public:
  // Holds at most `per_window` tokens, which come back evenly over `window`. Starts full. per_window >= 1.
  TokenBucket(std::uint32_t per_window, Millis window, Steady now);

  double tokens(Steady now) const;
  // Takes `count` tokens; what was checked with tokens() before never goes below zero.
  void take(double count, Steady now);
  void give_back(double count, Steady now);
  // How long until one whole token is there; zero when it is.
  Millis until_one(Steady now) const;
  // Sets the state of an earlier run: `tokens` as of `at`, by the wall clock. A time in the future (the clock was set back) brings nothing.
  void restore(double tokens, Instant at, Instant wall, Steady now);

 private:
  double capacity_;
  double per_ms_;
  double tokens_;
  Steady at_;
};

// The buckets of one provider: second, minute, hour, day, as far as its rates are limited.
class RateLimiter {
 public:
  RateLimiter(const Rates& rates, Steady now);

  const Rates& rates() const { return rates_; }
  bool limited() const { return !windows_.empty(); }
  // Whole messages that may leave now; a large number when nothing is limited.
  std::uint32_t available(Steady now) const;
  void take(std::uint32_t count, Steady now);
  void give_back(std::uint32_t count, Steady now);
  // Zero when a message may leave now.
  Millis until_one(Steady now) const;

  // One row per window, to be committed with the lease.
  std::vector<RateState> save(ProviderId provider, Instant wall, Steady now) const;
  // Rows of other windows are ignored.
  void restore(const RateState& state, Instant wall, Steady now);

 private:
  struct Window {
    std::string_view name;
    TokenBucket bucket;
  };
  Rates rates_;
  std::vector<Window> windows_;
};

}  // namespace messo
