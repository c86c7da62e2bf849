#include "dispatch/circuit_breaker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace messo {

CircuitBreaker::State CircuitBreaker::state(Steady now) const {
  if (openings_ == 0) return State::closed;
  return now < until_ ? State::open : State::half_open;
}

std::uint32_t CircuitBreaker::allowed(Steady now) const {
  switch (state(now)) {
    case State::closed: return std::numeric_limits<std::uint32_t>::max();
    case State::open: return 0;
    case State::half_open: return probing_ ? 0 : 1;
  }
  return 0;
}

void CircuitBreaker::sent_one(Steady now) {
  if (state(now) == State::half_open) probing_ = true;
}

void CircuitBreaker::success(Steady now) {
  if (state(now) == State::open) return;
  in_row_ = 0;
  openings_ = 0;
  probing_ = false;
}

void CircuitBreaker::failure(Steady now, double jitter) {
  const State before = state(now);
  if (before == State::open) return;
  if (before == State::closed && ++in_row_ < settings_.failures) return;
  const double doubled = static_cast<double>(settings_.first_wait.count()) * std::ldexp(1.0, static_cast<int>(std::min(openings_, 20U)));
  const double wait = std::min(doubled, static_cast<double>(settings_.longest_wait.count())) * jitter;
  ++openings_;
  in_row_ = 0;
  probing_ = false;
  until_ = now + Millis{static_cast<std::int64_t>(wait)};
}

void CircuitBreaker::inconclusive(Steady now) {
  if (state(now) == State::half_open) probing_ = false;
}

Millis CircuitBreaker::until_allowed(Steady now) const {
  return state(now) == State::open ? std::chrono::ceil<Millis>(until_ - now) : Millis{0};
}

std::string_view to_string(CircuitBreaker::State state) {
  switch (state) {
    case CircuitBreaker::State::closed: return "closed";
    case CircuitBreaker::State::open: return "open";
    case CircuitBreaker::State::half_open: return "half_open";
  }
  return "open";
}

}  // namespace messo
