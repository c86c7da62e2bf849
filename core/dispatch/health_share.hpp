// How much of its weight a provider still gets: one that fails, or answers far later than the others of its pool, loses its share at once
// and in proportion, and regains it little by little (slow start). Pure, one thread; the clock is given.
#pragma once
#include <optional>

#include "base/time.hpp"

namespace messo {

struct HealthShareSettings {
  Millis regain{60'000};     // from nothing to the whole share, without another failure
  double least = 0.02;       // kept for finding out that it works again
  double remembered = 64;    // of the newest answers: how many count in full
  double fewest = 4;         // as many are taken for granted before fewer say much
  Millis half_life{20'000};  // after which an answer counts half
  double slow_factor = 4;    // so many times the others' latency is far above it,
  Millis slow_margin{250};   // and at least by so much
};

class HealthShare {
 public:
  explicit HealthShare(HealthShareSettings settings = {}) : settings_(settings) {}

  // Its answer to one message; `took`: from the hand-over, where that is known. Messages given back untouched are none of its business.
  void answered(Steady now, bool failed, std::optional<Millis> took);
  // Its circuit breaker opened: nothing goes to it but trials, until it works again and starts slowly.
  void opened(Steady now);
  void works_again(Steady now);
  // How late the newest answers came on average; nothing while there are too few.
  std::optional<Millis> latency() const;
  // The same of the others of its pool: what is far above that costs it its share.
  void compare(Steady now, Millis others);
  // Between `least` and 1.
  double share(Steady now) const;

 private:
  void fade(Steady now);
  void lower(Steady now, double to);

  HealthShareSettings settings_;
  double answers_ = 0, failures_ = 0;    // older ones fade
  double timed_ = 0, milliseconds_ = 0;  // of those whose time is known
  double level_ = 1;                     // at `since_`
  Steady since_{}, faded_{};
  bool down_ = false;
};

}  // namespace messo
