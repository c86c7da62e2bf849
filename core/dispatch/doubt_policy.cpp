#include "dispatch/doubt_policy.hpp"

#include <algorithm>
#include <array>

namespace messo {

DoubtStep next_step(const DoubtQuestion& question, Instant now) {
  using namespace std::chrono_literals;
  static constexpr std::array<Seconds, 7> kWaits{10s, 30s, 60s, 300s, 900s, 1800s, 3600s};
  DoubtStep out{question.delivery, question.attempt, {}, Held::no};
  const Instant deadline = question.since + kAskFor;
  if (now >= deadline && question.asks > 0 && !question.requested) {
    out.held = Held::asked_in_vain;
    return out;
  }
  const Seconds wait = kWaits[std::min<std::size_t>(question.asks, kWaits.size() - 1)];
  out.again_at = now < deadline ? std::min(now + wait, std::max(deadline, now + kLastAnswer)) : now + kLastAnswer;
  return out;
}

}  // namespace messo
