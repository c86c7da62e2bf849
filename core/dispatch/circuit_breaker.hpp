// Stops asking a provider that fails, and tries it again with one message at growing intervals (pure, one thread).
#pragma once
#include "base/time.hpp"

namespace messo {

struct BreakerSettings {
  std::uint32_t failures = 5;  // in a row, while closed
  Millis first_wait{5'000};
  Millis longest_wait{300'000};
};

class CircuitBreaker {
 public:
  enum class State : std::uint8_t { closed, open, half_open };

  explicit CircuitBreaker(BreakerSettings settings = {}) : settings_(settings) {}

  // `open` becomes `half_open` by time alone.
  State state(Steady now) const;
  // How many messages it lets through now: all (a large number), none, or the one probe of half-open.
  std::uint32_t allowed(Steady now) const;
  // A probe left.
  void sent_one(Steady now);
  // The provider answered for itself: it works. Ignored while open: the answer is of a message from before.
  void success(Steady now);
  // The provider failed. `jitter` in [0.8, 1.2] spreads the next try.
  void failure(Steady now, double jitter = 1.0);
  // The probe came back without telling anything (throttled, given back): another may go.
  void inconclusive(Steady now);
  // Until it lets a message through; zero when it does.
  Millis until_allowed(Steady now) const;

 private:
  BreakerSettings settings_;
  std::uint32_t in_row_ = 0;
  std::uint32_t openings_ = 0;  // since it last worked; 0 = closed
  Steady until_{};
  bool probing_ = false;
};

std::string_view to_string(CircuitBreaker::State state);

}  // namespace messo
