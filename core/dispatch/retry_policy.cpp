#include "dispatch/retry_policy.hpp"

#include <algorithm>
#include <cmath>

#include "store/decisions.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;

Millis scaled(Millis wait, double factor) {
  return Millis{static_cast<std::int64_t>(std::llround(static_cast<double>(wait.count()) * factor))};
}

// The wait after the n-th counted attempt, n from 1.
Seconds wait_after(const RetryPolicy& policy, std::uint32_t n) {
  if (policy.waits.empty()) return 60s;
  return policy.waits[std::min<std::size_t>(n, policy.waits.size()) - 1];
}

Instant when(const AttemptFacts& facts, const Outcome& outcome, Millis own_wait, Instant now) {
  const double factor = jitter(facts.delivery, facts.attempts_counted);
  // Earlier than the provider asked would only be refused again: its wish is stretched, never cut.
  const Millis wait =
      outcome.retry_after ? scaled(std::max(*outcome.retry_after, Millis{0}), 1.0 + std::abs(factor - 1.0)) : scaled(own_wait, factor);
  return std::min(now + wait, std::max(facts.expires_at, Instant{}));
}

Verdict again(const AttemptFacts& facts, const Outcome& outcome, Millis own_wait, bool counts, Instant now) {
  return {Change::retry, when(facts, outcome, own_wait, now), {}, counts};
}

bool exhausted(const RetryPolicy& policy, std::uint32_t counted) { return policy.max_attempts > 0 && counted >= policy.max_attempts; }

}  // namespace

Verdict decide(const ProviderRules& rules, const AttemptFacts& facts, const Outcome& outcome, Instant now) {
  const std::uint32_t counted = facts.attempts_counted + 1;
  switch (outcome.kind) {
    case OutcomeKind::sent: return {rules.simulated ? Change::sent_simulated : Change::sent_final, {}, {}, true};
    case OutcomeKind::pending:
      if (rules.simulated) return {Change::sent_simulated, {}, {}, true};
      return {Change::sent_awaiting, {}, now + decisions::receipt_wait(facts.channel), true};
    case OutcomeKind::unknown:
      if (rules.on_doubt != OnDoubt::resend || exhausted(rules.retry, counted)) return {Change::doubt, {}, {}, true};
      return again(facts, outcome, wait_after(rules.retry, counted), true, now);
    case OutcomeKind::try_later:
    case OutcomeKind::refused: break;
  }
  const bool by_provider = outcome.scope == OutcomeScope::provider;
  if (by_provider) {
    // How long the provider wants to be left alone pauses the provider; the message may leave through another one meanwhile, or through
    // this one as soon as somebody has mended its account.
    Outcome without_wish = outcome;
    without_wish.retry_after.reset();
    Verdict verdict = again(facts, without_wish, kProviderWait, false, now);
    if (outcome.throttled && !facts.late) verdict.change = Change::release;
    return verdict;
  }
  if (outcome.throttled) {
    Verdict verdict = again(facts, outcome, kThrottleWait, false, now);
    if (!facts.late) verdict.change = Change::release;
    return verdict;
  }
  if (outcome.kind == OutcomeKind::refused || exhausted(rules.retry, counted)) return {Change::refuse, {}, {}, true};
  return again(facts, outcome, wait_after(rules.retry, counted), true, now);
}

Seconds answer_wait(Channel channel) {
  // Mail: a server may take ten minutes over the final dot (RFC 5321 §4.5.3.2.6), and the message may wait for a connection before.
  return channel == Channel::email || channel == Channel::pec ? Seconds{20min} : Seconds{5min};
}

bool blames_provider(const Outcome& outcome) {
  if (outcome.throttled || outcome.scope != OutcomeScope::provider) return false;
  return outcome.kind == OutcomeKind::try_later || outcome.kind == OutcomeKind::refused || outcome.kind == OutcomeKind::unknown;
}

double jitter(const DeliveryId& delivery, std::uint32_t number) {
  // splitmix64 over the id's random half.
  std::uint64_t z = std::hash<DeliveryId>{}(delivery) + 0x9e3779b97f4a7c15ULL * (std::uint64_t{number} + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  z ^= z >> 31;
  return 0.8 + 0.4 * (static_cast<double>(z >> 11) / 9007199254740992.0);
}

}  // namespace messo
