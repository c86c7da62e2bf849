// What every provider can take right now: credits, pauses, rates, breaker, messages in its hands. One lock, held briefly; any thread.
#pragma once
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.hpp"
#include "channel/provider_port.hpp"
#include "dispatch/circuit_breaker.hpp"
#include "dispatch/health_share.hpp"
#include "dispatch/retry_policy.hpp"
#include "dispatch/token_bucket.hpp"

namespace messo {

// A provider as the selection of one round sees it. `free` of it any message may use, `reserved` more only urgent ones: a flood that fills
// every connection must not keep a one-time password waiting.
struct Candidate {
  ProviderId id;
  ProviderPortPtr port;
  std::uint32_t weight = 1;
  std::uint32_t free = 0;
  std::uint32_t reserved = 0;
  double share = 1;  // of its weight: less while it fails or is slow, and for a while after
  // What counts when several could take a message.
  std::uint32_t effective_weight() const { return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(weight * 100 * share)); }
  bool serves(const OrganisationId& organisation) const;
  std::uint32_t room(Priority priority) const { return priority == Priority::urgent ? free + reserved : free; }
};

// Why a provider takes nothing.
enum class Gate : std::uint8_t {
  open,
  stopped,        // disabled, or paused by an operator
  not_running,    // no port: its plugin is missing or did not start
  no_grant,       // it has not granted anything yet
  asked_to_wait,  // the provider's own pause, a throttle
  breaker_open,
  rate,  // out of tokens
  full,  // as much in its hands as it takes
};
std::string_view to_string(Gate gate);

struct ProviderStatus {
  ProviderId id;
  std::string key;
  std::string pool;
  Gate gate = Gate::open;
  CircuitBreaker::State breaker = CircuitBreaker::State::closed;
  std::string reason;  // for operators, when it waits; may be empty
  Millis wait{0};      // until it takes something again, when that is known
  std::uint32_t granted = 0;
  std::uint32_t in_hand = 0;
  bool simulated = false;
  double share = 1;       // of its weight that counts now
  Millis waiting_for{0};  // asked_to_wait: how long already, one pause following the other, without taking a message in between
};

// The first answer to one attempt, or that none came in time.
struct Answer {
  ProviderId provider;
  const Outcome* outcome = nullptr;
  DeliveryId delivery;
  bool was_in_hand = true;       // false: late, its place is free already
  std::optional<Millis> took{};  // from the hand-over, where that is known
};

class ProviderBoard {
 public:
  ProviderBoard(const Clock& clock, BreakerSettings breaker) : clock_(clock), breaker_(breaker) {}

  // Takes over ports and settings. `rates` of an earlier run are applied to providers seen for the first time.
  void refresh(std::span<const ProviderPortPtr> ports, const DirectorySnapshot& directory);
  void restore_rates(std::vector<RateState> rates);

  // Providers of the pool that take at least one message now.
  std::vector<Candidate> candidates(std::string_view pool) const;
  // `count` messages are about to be leased for it: takes places and tokens. `put_back` when they were not.
  void take(ProviderId provider, std::uint32_t count);
  void put_back(ProviderId provider, std::uint32_t count);
  std::vector<RateState> rate_states(std::span<const ProviderId> providers) const;

  void grant(ProviderId provider, const Grant& grant);
  // A submit was refused as busy, or failed: nothing for a moment.
  void hold(ProviderId provider, Millis wait, std::string reason);
  // Frees places, feeds breakers and throttles. Returns those whose breaker opened by it, with the outcome that did.
  std::vector<const Answer*> answered(std::span<const Answer> answers);

  ProviderRules rules(ProviderId provider) const;
  Channel channel(ProviderId provider) const;
  // Until a pause, breaker or bucket lets something through again; nullopt when nothing is waited for.
  std::optional<Millis> next_change() const;
  std::uint32_t in_hand() const;
  std::vector<ProviderStatus> status() const;

 private:
  struct Desk {
    std::string key;
    std::string pool;
    Channel channel = Channel::email;
    std::uint32_t weight = 1;
    std::uint32_t concurrency = 0;
    bool stopped = false;
    ProviderRules rules;
    ProviderPortPtr port;
    const ProviderPort* started = nullptr;  // the instance it stood for last; compared only, never followed
    std::uint32_t granted = 0;
    bool ever_granted = false;
    Steady wait_until{};                // what outcomes asked for
    Steady grant_until{};               // what the last grant asked for
    std::optional<Steady> waits_since;  // the first of its pauses since it took a message
    std::string grant_reason;
    std::string reason;
    std::uint32_t in_hand = 0;
    std::uint32_t throttles = 0;  // in a row
    CircuitBreaker breaker;
    HealthShare health;
    std::optional<RateLimiter> rates;

    std::uint32_t limit() const { return concurrency > 0 ? std::min(concurrency, granted) : granted; }
    Gate gate(Steady now) const;
    Millis waits(Steady now) const;  // until the provider may be asked again
    void wait(Steady now, Steady until, std::string why);
    void note_pause(Steady now);
    // Why it waits after this outcome: the sentence of the pause it asked for meanwhile, which says what to do, or else the outcome's code.
    const std::string& why(const Outcome& outcome, Steady now) const;
  };
  struct State {
    std::unordered_map<ProviderId, Desk> desks;
    std::vector<RateState> earlier;
  };
  static void set_up(Desk& desk, const Provider& settings, const DirectorySnapshot& directory);
  // True when the breaker opened.
  bool judge(Desk& desk, const Answer& answer, Steady now) const;
  static void note_health(Desk& desk, const Answer& answer, CircuitBreaker::State before, Steady now);
  // Holds the latency of those that answered against that of the others of their pool.
  static void compare_latencies(State& state, std::span<const Answer> answers, Steady now);

  const Clock& clock_;
  BreakerSettings breaker_;
  Guarded<State> state_;
};

}  // namespace messo
