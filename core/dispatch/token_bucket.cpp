#include "dispatch/token_bucket.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace messo {
namespace {

using namespace std::chrono_literals;

double elapsed_ms(Steady from, Steady to) { return std::max(0.0, std::chrono::duration<double, std::milli>(to - from).count()); }

// Sums of fractions: 0.9999999 is one token.
constexpr double kRounding = 1e-6;

}  // namespace

TokenBucket::TokenBucket(std::uint32_t per_window, Millis window, Steady now)
    : capacity_(per_window), per_ms_(capacity_ / static_cast<double>(window.count())), tokens_(capacity_), at_(now) {}

double TokenBucket::tokens(Steady now) const { return std::min(capacity_, tokens_ + elapsed_ms(at_, now) * per_ms_); }

void TokenBucket::take(double count, Steady now) {
  tokens_ = std::max(0.0, tokens(now) - count);
  at_ = std::max(at_, now);
}

void TokenBucket::give_back(double count, Steady now) {
  tokens_ = std::min(capacity_, tokens(now) + count);
  at_ = std::max(at_, now);
}

Millis TokenBucket::until_one(Steady now) const {
  const double missing = 1.0 - tokens(now);
  if (missing <= kRounding) return Millis{0};
  return Millis{static_cast<std::int64_t>(std::ceil(missing / per_ms_))};
}

void TokenBucket::restore(double tokens, Instant at, Instant wall, Steady now) {
  const double since = std::max(0.0, static_cast<double>((wall - at).count()));
  tokens_ = std::clamp(tokens + since * per_ms_, 0.0, capacity_);
  at_ = now;
}

RateLimiter::RateLimiter(const Rates& rates, Steady now) : rates_(rates) {
  if (rates.per_second > 0) windows_.push_back({"second", TokenBucket(rates.per_second, 1s, now)});
  if (rates.per_minute > 0) windows_.push_back({"minute", TokenBucket(rates.per_minute, 1min, now)});
  if (rates.per_hour > 0) windows_.push_back({"hour", TokenBucket(rates.per_hour, 1h, now)});
  if (rates.per_day > 0) windows_.push_back({"day", TokenBucket(rates.per_day, 24h, now)});
}

std::uint32_t RateLimiter::available(Steady now) const {
  double least = std::numeric_limits<std::uint32_t>::max();
  for (const Window& window : windows_) least = std::min(least, window.bucket.tokens(now) + kRounding);
  return static_cast<std::uint32_t>(least);
}

void RateLimiter::take(std::uint32_t count, Steady now) {
  for (Window& window : windows_) window.bucket.take(count, now);
}

void RateLimiter::give_back(std::uint32_t count, Steady now) {
  for (Window& window : windows_) window.bucket.give_back(count, now);
}

Millis RateLimiter::until_one(Steady now) const {
  Millis longest{0};
  for (const Window& window : windows_) longest = std::max(longest, window.bucket.until_one(now));
  return longest;
}

std::vector<RateState> RateLimiter::save(ProviderId provider, Instant wall, Steady now) const {
  std::vector<RateState> out;
  out.reserve(windows_.size());
  for (const Window& window : windows_) out.push_back({provider, std::string(window.name), window.bucket.tokens(now), wall});
  return out;
}

void RateLimiter::restore(const RateState& state, Instant wall, Steady now) {
  for (Window& window : windows_) {
    if (window.name == state.window) window.bucket.restore(state.tokens, state.at, wall, now);
  }
}

}  // namespace messo
