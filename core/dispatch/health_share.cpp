#include "dispatch/health_share.hpp"

#include <algorithm>
#include <cmath>

namespace messo {

void HealthShare::fade(Steady now) {
  constexpr Millis kStep{100};  // no need to be finer
  double keep = 1;
  if (const auto passed = now - faded_; passed >= kStep) {
    keep = std::exp2(-std::chrono::duration<double>(passed) / std::chrono::duration<double>(settings_.half_life));
    faded_ = now;
  }
  if (answers_ * keep > settings_.remembered) keep = settings_.remembered / answers_;
  answers_ *= keep;
  failures_ *= keep;
  timed_ *= keep;
  milliseconds_ *= keep;
  constexpr double kForgotten = 0.05;
  if (failures_ < kForgotten) failures_ = 0;
}

void HealthShare::answered(Steady now, bool failed, std::optional<Millis> took) {
  fade(now);
  answers_ += 1;
  if (took) {
    timed_ += 1;
    milliseconds_ += static_cast<double>(took->count());
  }
  if (failed) failures_ += 1;
  if (failures_ > 0) lower(now, 1 - failures_ / std::max(answers_, settings_.fewest));
}

void HealthShare::opened(Steady now) {
  down_ = true;
  level_ = settings_.least;
  since_ = now;
}

void HealthShare::works_again(Steady now) {
  down_ = false;
  answers_ = failures_ = 0;
  timed_ = milliseconds_ = 0;
  level_ = settings_.least;
  since_ = now;
}

std::optional<Millis> HealthShare::latency() const {
  if (timed_ < settings_.fewest) return {};
  return Millis{static_cast<std::int64_t>(milliseconds_ / timed_)};
}

void HealthShare::compare(Steady now, Millis others) {
  const auto mine = latency();
  if (!mine) return;
  const auto usual = static_cast<double>(others.count());
  const double allowed = std::max(usual * settings_.slow_factor, usual + static_cast<double>(settings_.slow_margin.count()));
  if (static_cast<double>(mine->count()) > allowed) lower(now, allowed / static_cast<double>(mine->count()));
}

double HealthShare::share(Steady now) const {
  if (down_) return settings_.least;
  if (level_ >= 1) return 1;
  const double regained = std::chrono::duration<double>(now - since_) / std::chrono::duration<double>(settings_.regain);
  return std::clamp(level_ + std::max(regained, 0.0), settings_.least, 1.0);
}

void HealthShare::lower(Steady now, double to) {
  if (down_ || to >= share(now)) return;
  level_ = std::max(to, settings_.least);
  since_ = now;
}

}  // namespace messo
