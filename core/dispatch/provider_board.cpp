#include "dispatch/provider_board.hpp"

#include <algorithm>
#include <limits>

namespace messo {
namespace {

using namespace std::chrono_literals;

constexpr Millis kFirstThrottle{1'000};
constexpr Millis kLongestThrottle{60'000};
constexpr Millis kLongestWish{24h};    // a provider's pause is believed up to a day
constexpr Millis kSamePause{120'000};  // a pause that follows the last one within this time continues it: a message was tried in between

// Whether there is an organisation that both serve.
bool stand_in(const Provider& one, const Provider& other) {
  const auto& theirs = other.organisations;
  return one.organisations.empty() || theirs.empty() ||
         std::ranges::any_of(one.organisations, [&](const auto& id) { return std::ranges::find(theirs, id) != theirs.end(); });
}

std::uint32_t reserve_of(std::uint32_t limit) { return limit >= 8 ? std::max<std::uint32_t>(1, limit / 16) : 0; }

}  // namespace

std::string_view to_string(Gate gate) {
  switch (gate) {
    case Gate::open: return "open";
    case Gate::stopped: return "stopped";
    case Gate::not_running: return "not_running";
    case Gate::no_grant: return "no_grant";
    case Gate::asked_to_wait: return "asked_to_wait";
    case Gate::breaker_open: return "breaker_open";
    case Gate::rate: return "rate";
    case Gate::full: return "full";
  }
  return "open";
}

bool Candidate::serves(const OrganisationId& organisation) const { return port->settings().serves(organisation); }

Gate ProviderBoard::Desk::gate(Steady now) const {
  if (port == nullptr) return Gate::not_running;
  if (stopped) return Gate::stopped;
  if (!ever_granted) return Gate::no_grant;
  if (waits(now) > Millis{0}) return Gate::asked_to_wait;
  if (breaker.allowed(now) == 0) return Gate::breaker_open;
  if (rates && rates->available(now) == 0) return Gate::rate;
  return in_hand >= limit() ? Gate::full : Gate::open;
}

Millis ProviderBoard::Desk::waits(Steady now) const {
  const Steady until = std::max(wait_until, grant_until);
  return now < until ? std::chrono::ceil<Millis>(until - now) : Millis{0};
}

void ProviderBoard::Desk::note_pause(Steady now) {
  if (!waits_since || now > std::max(wait_until, grant_until) + kSamePause) waits_since = now;
}

void ProviderBoard::Desk::wait(Steady now, Steady until, std::string why) {
  if (until <= wait_until) return;
  note_pause(now);
  wait_until = until;
  reason = std::move(why);
}

const std::string& ProviderBoard::Desk::why(const Outcome& outcome, Steady now) const {
  return now < grant_until && !grant_reason.empty() ? grant_reason : outcome.code;
}

void ProviderBoard::set_up(Desk& desk, const Provider& settings, const DirectorySnapshot& directory) {
  // Weight, pauses and policy are the hub's own business and follow the directory at once; the rest is what the port was started with.
  const auto at = directory.providers.find(settings.id);
  const Provider& fresh = at == directory.providers.end() ? settings : at->second;
  desk.key = fresh.key;
  desk.pool = settings.pool;
  desk.channel = settings.channel;
  desk.weight = std::max<std::uint32_t>(fresh.weight, 1);
  desk.concurrency = fresh.concurrency;
  desk.rules.on_doubt = fresh.on_doubt;
  desk.rules.segment_cost = fresh.segment_cost;
  desk.rules.retry = fresh.retry.value_or(default_retry(settings.channel));
  desk.stopped = !fresh.enabled || fresh.retired || directory.paused(PauseScope::provider, settings.id.value.view()) ||
                 directory.paused(PauseScope::pool, settings.pool);
}

void ProviderBoard::refresh(std::span<const ProviderPortPtr> ports, const DirectorySnapshot& directory) {
  const Steady now = clock_.steady();
  const Instant wall = clock_.now();
  state_.with([&](State& state) {
    for (auto& [id, desk] : state.desks) desk.port.reset();
    for (const ProviderPortPtr& port : ports) {
      const Provider& settings = port->settings();
      Desk& desk = state.desks[settings.id];
      if (desk.started != port.get()) {
        // A new instance, so perhaps a mended account: what the earlier one's outcomes asked for says nothing any more. Its own grant does.
        desk.wait_until = {};
        desk.waits_since = desk.grant_until > now ? std::optional(now) : std::nullopt;
        desk.throttles = 0;
        desk.breaker = CircuitBreaker(breaker_);
        desk.health = HealthShare();
        desk.started = port.get();
      }
      desk.port = port;
      set_up(desk, settings, directory);
      desk.rules.simulated = port->simulated();
      const auto known = directory.providers.find(settings.id);
      const Rates& rates = known == directory.providers.end() ? settings.rates : known->second.rates;
      if (!desk.rates || desk.rates->rates() != rates) {
        desk.rates.emplace(rates, now);
        for (const RateState& row : state.earlier) {
          if (row.provider == settings.id) desk.rates->restore(row, wall, now);
        }
        std::erase_if(state.earlier, [&](const RateState& row) { return row.provider == settings.id; });
      }
    }
  });
}

void ProviderBoard::restore_rates(std::vector<RateState> rates) {
  state_.with([&](State& state) { state.earlier = std::move(rates); });
}

std::vector<Candidate> ProviderBoard::candidates(std::string_view pool) const {
  const Steady now = clock_.steady();
  return state_.with([&](const State& state) {
    std::vector<Candidate> out;
    for (const auto& [id, desk] : state.desks) {
      if (desk.pool != pool || desk.gate(now) != Gate::open) continue;
      const std::uint32_t cap = std::min(desk.breaker.allowed(now), desk.rates->available(now));
      const std::uint32_t room = std::min(desk.limit() - desk.in_hand, cap);
      const std::uint32_t places = desk.limit() - desk.in_hand;
      const std::uint32_t reserve = std::min(reserve_of(desk.limit()), places);
      const std::uint32_t common = std::min(room, places - reserve);
      out.push_back({id, desk.port, desk.weight, common, room - common, desk.health.share(now)});
    }
    std::ranges::sort(out, {}, &Candidate::id);
    return out;
  });
}

void ProviderBoard::take(ProviderId provider, std::uint32_t count) {
  const Steady now = clock_.steady();
  state_.with([&](State& state) {
    Desk& desk = state.desks[provider];
    desk.in_hand += count;
    if (desk.rates) desk.rates->take(count, now);
    desk.breaker.sent_one(now);
  });
}

void ProviderBoard::put_back(ProviderId provider, std::uint32_t count) {
  const Steady now = clock_.steady();
  state_.with([&](State& state) {
    Desk& desk = state.desks[provider];
    desk.in_hand -= std::min(desk.in_hand, count);
    if (desk.rates) desk.rates->give_back(count, now);
    desk.breaker.inconclusive(now);
  });
}

std::vector<RateState> ProviderBoard::rate_states(std::span<const ProviderId> providers) const {
  const Steady now = clock_.steady();
  const Instant wall = clock_.now();
  return state_.with([&](const State& state) {
    std::vector<RateState> out;
    for (const ProviderId& id : providers) {
      const auto at = state.desks.find(id);
      if (at == state.desks.end() || !at->second.rates) continue;
      for (RateState& row : at->second.rates->save(id, wall, now)) out.push_back(std::move(row));
    }
    return out;
  });
}

void ProviderBoard::grant(ProviderId provider, const Grant& grant) {
  const Steady now = clock_.steady();
  const Instant wall = clock_.now();
  state_.with([&](State& state) {
    // A provider may grant before the dispatcher has seen its port.
    auto [at, fresh] = state.desks.try_emplace(provider);
    Desk& desk = at->second;
    if (fresh) desk.breaker = CircuitBreaker(breaker_);
    desk.granted = grant.messages;
    desk.ever_granted = true;
    desk.grant_reason = desk.reason = grant.reason;
    const bool pauses = grant.pause_until && *grant.pause_until > wall;
    if (pauses) {
      desk.note_pause(now);
    } else {
      desk.waits_since.reset();
    }
    desk.wait_until = desk.grant_until = Steady{};
    if (pauses) desk.grant_until = now + std::min(Millis{*grant.pause_until - wall}, kLongestWish);
  });
}

void ProviderBoard::hold(ProviderId provider, Millis wait, std::string reason) {
  const Steady now = clock_.steady();
  state_.with([&](State& state) { state.desks[provider].wait(now, now + wait, std::move(reason)); });
}

bool ProviderBoard::judge(Desk& desk, const Answer& answer, Steady now) const {
  const Outcome& outcome = *answer.outcome;
  const bool of_provider = outcome.scope == OutcomeScope::provider;
  if (of_provider && (outcome.throttled || outcome.retry_after)) {
    const Millis doubled = std::min(kFirstThrottle * (1 << std::min(desk.throttles, 6U)), kLongestThrottle);
    if (outcome.throttled) ++desk.throttles;
    desk.wait(now, now + std::clamp(outcome.retry_after.value_or(doubled), Millis{0}, kLongestWish), desk.why(outcome, now));
  }
  const auto before = desk.breaker.state(now);
  if (blames_provider(outcome)) {
    desk.breaker.failure(now, jitter(answer.delivery, 0));
    if (desk.breaker.state(now) == CircuitBreaker::State::open && before != CircuitBreaker::State::open) {
      desk.reason = desk.why(outcome, now);
      return true;
    }
  } else if (outcome.throttled || outcome.kind == OutcomeKind::unknown) {
    desk.breaker.inconclusive(now);
  } else {
    desk.throttles = 0;
    desk.waits_since.reset();
    desk.breaker.success(now);
  }
  return false;
}

void ProviderBoard::note_health(Desk& desk, const Answer& answer, CircuitBreaker::State before, Steady now) {
  const Outcome& outcome = *answer.outcome;
  if (answer.was_in_hand && !outcome.throttled) {
    const bool failed = blames_provider(outcome) || outcome.kind == OutcomeKind::try_later || outcome.kind == OutcomeKind::unknown;
    desk.health.answered(now, failed, answer.took);
  }
  const auto after = desk.breaker.state(now);
  if (after == before) return;
  if (after == CircuitBreaker::State::open) desk.health.opened(now);
  if (after == CircuitBreaker::State::closed) desk.health.works_again(now);
}

void ProviderBoard::compare_latencies(State& state, std::span<const Answer> answers, Steady now) {
  if (state.desks.size() < 2) return;
  Desk* last = nullptr;
  for (const Answer& answer : answers) {
    Desk& desk = state.desks[answer.provider];
    if (&desk == last || !answer.took || desk.port == nullptr || !desk.health.latency()) continue;
    last = &desk;  // answers of one provider come in rows
    Millis sum{0};
    std::int64_t others = 0;
    for (const auto& [id, other] : state.desks) {
      if (&other == &desk || other.port == nullptr || other.stopped || other.pool != desk.pool) continue;
      if (!stand_in(desk.port->settings(), other.port->settings())) continue;
      if (const auto latency = other.health.latency()) sum += *latency, ++others;
    }
    if (others > 0) desk.health.compare(now, sum / others);
  }
}

std::vector<const Answer*> ProviderBoard::answered(std::span<const Answer> answers) {
  const Steady now = clock_.steady();
  return state_.with([&](State& state) {
    std::vector<const Answer*> opened;
    for (const Answer& answer : answers) {
      Desk& desk = state.desks[answer.provider];
      if (answer.was_in_hand && desk.in_hand > 0) --desk.in_hand;
      if (answer.outcome == nullptr) continue;
      const auto before = desk.breaker.state(now);
      if (judge(desk, answer, now)) opened.push_back(&answer);
      note_health(desk, answer, before, now);
    }
    compare_latencies(state, answers, now);
    return opened;
  });
}

ProviderRules ProviderBoard::rules(ProviderId provider) const {
  return state_.with([&](const State& state) {
    const auto at = state.desks.find(provider);
    return at == state.desks.end() ? ProviderRules{} : at->second.rules;
  });
}

Channel ProviderBoard::channel(ProviderId provider) const {
  return state_.with([&](const State& state) {
    const auto at = state.desks.find(provider);
    return at == state.desks.end() ? Channel::email : at->second.channel;
  });
}

std::optional<Millis> ProviderBoard::next_change() const {
  const Steady now = clock_.steady();
  return state_.with([&](const State& state) {
    std::optional<Millis> soonest;
    for (const auto& [id, desk] : state.desks) {
      if (desk.port == nullptr || desk.stopped) continue;
      Millis wait = std::max(desk.waits(now), desk.breaker.until_allowed(now));
      if (desk.rates) wait = std::max(wait, desk.rates->until_one(now));
      if (wait > Millis{0} && (!soonest || wait < *soonest)) soonest = wait;
    }
    return soonest;
  });
}

std::uint32_t ProviderBoard::in_hand() const {
  return state_.with([](const State& state) {
    std::uint32_t sum = 0;
    for (const auto& [id, desk] : state.desks) sum += desk.in_hand;
    return sum;
  });
}

std::vector<ProviderStatus> ProviderBoard::status() const {
  const Steady now = clock_.steady();
  return state_.with([&](const State& state) {
    std::vector<ProviderStatus> out;
    for (const auto& [id, desk] : state.desks) {
      if (desk.key.empty()) continue;  // granted, but never seen as a port
      ProviderStatus one{id, desk.key,  desk.pool,    desk.gate(now), desk.breaker.state(now),
                         {}, Millis{0}, desk.limit(), desk.in_hand,   desk.rules.simulated};
      if (one.gate != Gate::open && one.gate != Gate::full) one.reason = desk.reason;
      one.share = desk.health.share(now);
      one.wait = std::max(desk.waits(now), desk.breaker.until_allowed(now));
      if (one.gate == Gate::asked_to_wait && desk.waits_since) one.waiting_for = std::chrono::floor<Millis>(now - *desk.waits_since);
      out.push_back(std::move(one));
    }
    std::ranges::sort(out, {}, &ProviderStatus::key);
    return out;
  });
}

}  // namespace messo
