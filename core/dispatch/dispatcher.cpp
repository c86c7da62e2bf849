#include "dispatch/dispatcher.hpp"

#include <pthread.h>

#include <algorithm>
#include <unordered_map>

namespace messo {
namespace {

using namespace std::chrono_literals;
constexpr Millis kStoreBackOff{200};
constexpr Millis kNothingLeased{20};  // chosen rows were all gone: another node, or a reader that lags
constexpr std::size_t kExpireStep = 500;
constexpr std::size_t kMostSuspects = 100'000;
constexpr std::uint32_t kPruneEvery = 64;  // rounds

std::uint64_t nanoseconds_since(std::chrono::steady_clock::time_point start) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(std::chrono::steady_clock::now() - start).count());
}

}  // namespace

Dispatcher::Dispatcher(DispatchConfig config, Store& store, Ports ports, MessageRenderer& renderer, const Clock& clock, Log& log,
                       Hooks hooks)
    : config_(std::move(config)),
      store_(store),
      ports_(std::move(ports)),
      clock_(clock),
      log_(log),
      hooks_(std::move(hooks)),
      board_(clock, config_.breaker),
      recorder_({store, board_, in_hand_, failover_, metrics_, clock, log},
                {[this] { bell_.ring(); }, hooks_.events_changed, hooks_.receipts}, config_.record_group),
      submitter_({store, renderer, recorder_, in_hand_, board_, metrics_, clock, log}),
      asker_({store, ports_, metrics_, clock, log, hooks_.events_changed}) {}

Dispatcher::~Dispatcher() {
  stop_leasing();
  stop(Millis{0});
}

Status Dispatcher::start() {
  const DirectoryPtr directory = store_.directory().snapshot();
  const auto on_doubt = [&](ProviderId id) {
    const auto at = directory->providers.find(id);
    return at == directory->providers.end() ? OnDoubt::hold : at->second.on_doubt;  // unknown provider: the careful answer
  };
  auto recovered = store_.work().recover(config_.worker, on_doubt, clock_.now());
  if (!recovered) return fail(std::move(recovered.error()));
  recovered_ = *recovered;
  if (recovered_.released + recovered_.resent + recovered_.in_doubt + recovered_.poisonous + recovered_.accepted > 0) {
    log_.info("MSO-3001", "settled what the last run left behind; those in doubt wait for a receipt or an operator",
              {{"released", std::to_string(recovered_.released)},
               {"resent", std::to_string(recovered_.resent)},
               {"in_doubt", std::to_string(recovered_.in_doubt)},
               {"poisonous", std::to_string(recovered_.poisonous)},
               {"accepted", std::to_string(recovered_.accepted)}});
    if (hooks_.events_changed) hooks_.events_changed();
  }
  auto suspects = store_.doubts().suspects(kMostSuspects);
  if (!suspects) return fail(std::move(suspects.error()));
  if (!suspects->empty()) {
    log_.warning("MSO-3004", "these messages were in hand at the last two crashes: each is sent alone, and one that crashes again is held",
                 {{"count", std::to_string(suspects->size())}});
  }
  suspects_.load(std::move(*suspects));
  auto rates = store_.work().rates();
  if (!rates) return fail(std::move(rates.error()));
  board_.restore_rates(std::move(*rates));
  recorder_.start();
  asker_.start();
  leasing_ = true;
  thread_ = std::thread([this] { run(); });
  return {};
}

void Dispatcher::stop_leasing() {
  stopping_ = true;
  stop_bell_.ring();
  bell_.ring();
  if (thread_.joinable()) thread_.join();
  asker_.stop();
  leasing_ = false;
}

std::size_t Dispatcher::stop(Millis limit) {
  stop_leasing();
  return recorder_.stop(limit);
}

DispatchStatus Dispatcher::status() const {
  return {leasing_, store_failing_ || recorder_.store_failing(), board_.in_hand(), recorder_.waiting(), recovered_, board_.status()};
}

void Dispatcher::run() {
  pthread_setname_np(pthread_self(), "dispatch");
  while (!stopping_) {
    metrics_.turns.fetch_add(1, std::memory_order_relaxed);
    refresh();
    check_overdue();
    check_clock();
    bool again = false, idle = true, failed = false;
    for (auto& [name, pool] : pools_) {
      if (stopping_) break;
      const Round result = round(name, pool);
      again = again || result == Round::worked;
      idle = idle && result == Round::idle;
      failed = failed || result == Round::failed;
    }
    if (failed) {
      stop_bell_.wait(kStoreBackOff);
    } else if (!again) {
      bell_.wait(sleep_time(idle));
    }
  }
}

void Dispatcher::refresh() {
  DirectoryPtr directory = store_.directory().snapshot();
  std::vector<ProviderPortPtr> ports = ports_();
  if (directory == directory_ && ports == running_) return;
  if (!directory_ || directory->version != directory_->version) pauses_ = PauseSet(*directory);
  directory_ = std::move(directory);
  running_ = std::move(ports);
  board_.refresh(running_, *directory_);
  for (const ProviderPortPtr& port : running_) {
    const std::string& pool = port->settings().pool;
    const auto [at, fresh] = pools_.try_emplace(pool, Pool{LaneReader(store_.work(), pool, config_.window_rows), {}, {}, 0});
    if (fresh) at->second.reader.leave_out(&suspects_.ids());
  }
}

Dispatcher::Round Dispatcher::round(const std::string& name, Pool& pool) {
  if (recorder_.store_failing()) return Round::failed;
  std::vector<Candidate> candidates = board_.candidates(name);
  std::size_t room = 0;
  for (const Candidate& candidate : candidates) room += candidate.free + candidate.reserved;
  room = std::min<std::size_t>(room, config_.max_in_hand - std::min(config_.max_in_hand, board_.in_hand()));
  if (room == 0) return Round::blocked;
  if (!suspects_.empty()) isolate_one(name, pool, candidates);

  // A list of lanes read a moment ago may lack the one lane that matters: before giving up it is read again.
  for (const bool force : {false, true}) {
    if (const Status begun = pool.reader.begin(pauses_, directory_->version, clock_.now(), clock_.steady(), force); !begun) {
      store_failed(begun.error(), "reading due work");
      return Round::failed;
    }
    const auto choices = choose(pool, candidates, std::min(room, config_.batch));
    if (!choices) {
      store_failed(choices.error(), "reading due work");
      return Round::failed;
    }
    if (pool.reader.saw_expired()) expire_seen();
    if (!choices->empty()) {
      // Whoever paused something may rely on it at once: a message accepted after the pause is never sent by a round that began before it.
      if (store_.directory().snapshot() != directory_) return Round::worked;
      if (++pool.rounds % kPruneEvery == 0) pool.fair.prune();
      return lease_and_submit(*choices, candidates);
    }
    if (pool.reader.cut_short()) return Round::worked;  // it got past many rows that may not leave: go on
    if (pool.reader.fresh()) break;
  }
  store_works();  // as far as it is needed now
  return pool.reader.lanes().empty() ? Round::idle : Round::blocked;
}

std::vector<LaneShare> Dispatcher::shares(const std::vector<LaneHead>& lanes) const {
  std::vector<LaneShare> out;
  out.reserve(lanes.size());
  for (const LaneHead& head : lanes) {
    const auto organisation = directory_->organisations.find(head.lane.organisation);
    const auto service = directory_->services.find(head.lane.service);
    out.push_back({head.lane, organisation == directory_->organisations.end() ? 1 : organisation->second.weight,
                   service == directory_->services.end() ? 1 : service->second.weight});
  }
  return out;
}

Result<std::vector<Dispatcher::Choice>> Dispatcher::choose(Pool& pool, std::vector<Candidate>& candidates, std::size_t most) {
  const std::vector<LaneShare> lanes = shares(pool.reader.lanes());
  FairQueue::Round fair(pool.fair, lanes);
  std::vector<Choice> choices;
  while (choices.size() < most) {
    const auto lane = fair.next();
    if (!lane) break;
    const Lane& which = lanes[*lane].lane;
    const bool room =
        std::ranges::any_of(candidates, [&](const Candidate& c) { return c.room(which.priority) > 0 && c.serves(which.organisation); });
    if (!room) {
      fair.close(*lane);
      continue;
    }
    auto row = pool.reader.next(*lane, (most - choices.size()) / lanes.size() + 1);
    if (!row) return fail(std::move(row.error()));
    if (!*row) {
      fair.close(*lane);
      continue;
    }
    const auto candidate = provider_for(pool, candidates, which, (*row)->delivery);
    if (!candidate) break;  // cannot be: there was room a moment ago
    Candidate& chosen = candidates[*candidate];
    --(chosen.free > 0 ? chosen.free : chosen.reserved);
    fair.served(*lane);
    choices.push_back({**row, *candidate});
  }
  return choices;
}

std::optional<std::size_t> Dispatcher::provider_for(Pool& pool, const std::vector<Candidate>& candidates, const Lane& lane,
                                                    DeliveryId delivery) const {
  std::vector<WeightedChoice<ProviderId>::Option> options;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].room(lane.priority) == 0 || !candidates[i].serves(lane.organisation)) continue;
    options.push_back({candidates[i].id, candidates[i].effective_weight()});
    index.push_back(i);
  }
  if (options.empty()) return {};
  if (options.size() == 1) return index.front();
  if (const auto failed = failover_.last(delivery)) {
    const auto at = std::ranges::find(options, *failed, &WeightedChoice<ProviderId>::Option::key);
    if (at != options.end()) {
      index.erase(index.begin() + (at - options.begin()));
      options.erase(at);
    }
  }
  return index[*pool.choice.pick(options)];
}

void Dispatcher::isolate_one(const std::string& name, Pool& pool, std::vector<Candidate>& candidates) {
  if (!suspects_.alone(in_hand_)) return;
  const Instant now = clock_.now();
  const auto servable = [&](const Suspect& one) {
    return one.lane.pool == name && one.row.due_at <= now && !pauses_.stops(one.lane) && !pauses_.stops(one.row) &&
           std::ranges::any_of(candidates,
                               [&](const Candidate& c) { return c.room(one.lane.priority) > 0 && c.serves(one.lane.organisation); });
  };
  const auto suspect = suspects_.next(servable);
  if (!suspect) return;
  const auto candidate = provider_for(pool, candidates, suspect->lane, suspect->row.delivery);
  if (!candidate) return;
  --(candidates[*candidate].free > 0 ? candidates[*candidate].free : candidates[*candidate].reserved);
  const Choice choice{suspect->row, *candidate};
  suspects_.begin(suspect->row.delivery);
  metrics_.isolated.fetch_add(1, std::memory_order_relaxed);
  if (lease_and_submit({choice}, candidates) == Round::failed) suspects_.failed();
}

Dispatcher::Round Dispatcher::lease_and_submit(const std::vector<Choice>& choices, std::span<const Candidate> candidates) {
  const Instant now = clock_.now();
  std::vector<LeaseOrder> orders;
  orders.reserve(choices.size());
  std::vector<std::uint32_t> counts(candidates.size());
  std::vector<ProviderId> used;
  for (const Choice& choice : choices) {
    const ProviderId provider = candidates[choice.candidate].id;
    const bool resend = board_.rules(provider).on_doubt == OnDoubt::resend;
    orders.push_back({choice.row.delivery, AttemptId::make(now), provider, resend});
    if (counts[choice.candidate]++ == 0) used.push_back(provider);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) board_.take(candidates[i].id, counts[i]);
  }
  const auto rates = board_.rate_states(used);
  const auto started = std::chrono::steady_clock::now();
  auto leased = store_.work().lease(config_.worker, orders, rates, now);
  metrics_.lease_nanoseconds.fetch_add(nanoseconds_since(started), std::memory_order_relaxed);

  if (leased) {
    for (const LeasedDelivery& one : *leased) {
      const auto at = std::ranges::find(candidates, one.provider, &Candidate::id);
      --counts[static_cast<std::size_t>(at - candidates.begin())];
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) board_.put_back(candidates[i].id, counts[i]);
  }
  if (!leased) {
    store_failed(leased.error(), "leasing");
    return Round::failed;
  }
  store_works();
  metrics_.lease_lost.fetch_add(orders.size() - leased->size(), std::memory_order_relaxed);
  if (leased->size() < orders.size() && hooks_.events_changed) hooks_.events_changed();  // some may have ended as suppressed
  const bool isolated = suspects_.trying();
  suspects_.leased(*leased);
  if (leased->empty()) {
    if (!isolated) stop_bell_.wait(kNothingLeased);
    return Round::worked;
  }
  metrics_.rounds.fetch_add(1, std::memory_order_relaxed);
  metrics_.leased.fetch_add(leased->size(), std::memory_order_relaxed);
  submitter_.submit(std::move(*leased), candidates, *directory_);
  return Round::worked;
}

void Dispatcher::expire_seen() {
  const auto closed = store_.work().expire(clock_.now(), kExpireStep);
  if (!closed) return store_failed(closed.error(), "closing expired messages");
  metrics_.expired.fetch_add(*closed, std::memory_order_relaxed);
  if (*closed > 0 && hooks_.events_changed) hooks_.events_changed();
}

void Dispatcher::check_overdue() {
  const Steady now = clock_.steady();
  if (now - overdue_checked_ < 1s) return;
  overdue_checked_ = now;
  std::vector<InHandAttempt> overdue = in_hand_.overdue(now);
  if (overdue.empty()) return;
  log_.warning("MSO-3022", "providers gave no answer in time for some messages: they are in doubt, or sent again where that is allowed",
               {{"count", std::to_string(overdue.size())}});
  recorder_.on_overdue(std::move(overdue));
}

// What was due by a clock that ran ahead would wait until the right one has caught up with it.
void Dispatcher::check_clock() {
  if (const auto step = clock_watch_.look(clock_.now(), clock_.steady())) {
    const auto seconds = std::to_string(std::chrono::duration_cast<Seconds>(std::chrono::abs(step->now - step->was)).count());
    if (!step->back()) {
      set_back_.reset();
      log_.warning(
          "MSO-3006",
          "the machine's clock was set forward, or the machine was suspended: what is planned for the time left out is due now, what "
          "was to expire in it expires. Keep the clock with NTP",
          {{"seconds", seconds}});
    } else {
      log_.warning("MSO-3005",
                   "the machine's clock was set back: what was due stays due, what waits goes on waiting as long as was left. Keep "
                   "the clock with NTP",
                   {{"seconds", seconds}});
      set_back_ = step;
    }
  }
  if (!set_back_) return;
  const auto moved = store_.work().clock_set_back(set_back_->was, set_back_->now);
  if (!moved) return store_failed(moved.error(), "putting messages right after a step of the clock");
  set_back_.reset();
}

void Dispatcher::store_works() {
  if (store_failing_.exchange(false)) log_.info("MSO-3003", "the store answers again: sending goes on");
}

void Dispatcher::store_failed(const Error& error, std::string_view doing) {
  metrics_.store_errors.fetch_add(1, std::memory_order_relaxed);
  if (store_failing_.exchange(true)) return;
  log_.error("MSO-3002", "the store does not answer: sending waits for it, nothing is lost. Check the disk",
             {{"doing", std::string(doing)}, {"code", error.code}, {"detail", error.detail}});
}

Millis Dispatcher::sleep_time(bool idle) {
  Millis wait = config_.scan;
  if (const auto change = board_.next_change()) wait = std::min(wait, *change);
  if (idle) {
    const Instant now = clock_.now();
    for (const auto& [name, pool] : pools_) {
      const auto due = store_.work().next_due(name, now);
      if (due && *due && **due > now) wait = std::min(wait, Millis{**due - now});
    }
  }
  return std::max(wait, Millis{1});
}

}  // namespace messo
