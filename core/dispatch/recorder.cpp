#include "dispatch/recorder.hpp"

#include <pthread.h>

#include <algorithm>

#include "model/plan.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
constexpr Millis kFirstBackOff{50};
constexpr Millis kLongestBackOff{5'000};

}  // namespace

Recorder::Recorder(Parts parts, RecorderHooks hooks, std::size_t group_limit)
    : parts_(parts), hooks_(std::move(hooks)), group_limit_(group_limit) {}

Recorder::~Recorder() { stop(Millis{0}); }

void Recorder::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

std::size_t Recorder::stop(Millis limit) {
  {
    const std::scoped_lock hold(mutex_);
    stopping_ = true;
    give_up_at_ = std::chrono::steady_clock::now() + limit;
  }
  wake_.notify_all();
  space_.notify_all();
  if (thread_.joinable()) thread_.join();
  return waiting();
}

std::size_t Recorder::waiting() const {
  const std::scoped_lock hold(mutex_);
  return queue_.size() + in_work_;
}

void Recorder::on_outcome(ProviderId provider, AttemptId attempt, Outcome outcome) { push({provider, attempt, std::move(outcome)}); }

void Recorder::answer_if_open(ProviderId provider, AttemptId attempt, Outcome outcome) {
  push({provider, attempt, std::move(outcome), {}, true});
}

void Recorder::on_overdue(std::vector<InHandAttempt> attempts) {
  for (InHandAttempt& one : attempts) {
    Outcome silence;
    silence.kind = OutcomeKind::unknown;
    silence.scope = OutcomeScope::provider;
    silence.code = "no_answer";
    silence.public_text = "the provider gave no answer in time";
    const ProviderId provider = one.provider;
    const AttemptId attempt = one.attempt;
    push({provider, attempt, std::move(silence), std::move(one)});
  }
}

void Recorder::push(Item item) {
  bool first = false;
  {
    std::unique_lock hold(mutex_);
    space_.wait(hold, [this] { return queue_.size() < kLateBound || stopping_; });
    first = queue_.empty();
    queue_.push_back(std::move(item));
  }
  if (first) wake_.notify_one();
}

void Recorder::on_grant(ProviderId provider, Grant grant) {
  parts_.board.grant(provider, grant);
  if (hooks_.places_freed) hooks_.places_freed();
}

Status Recorder::on_receipts(ProviderId provider, std::span<const Receipt> receipts) {
  if (hooks_.receipts) return hooks_.receipts(provider, receipts);
  return fail(ErrorKind::unavailable, "no_receipts", "receipts are not taken");
}

Status Recorder::checkpoint(ProviderId, AttemptId attempt, std::string_view bytes) {
  return parts_.store.work().checkpoint(attempt, bytes);
}

Status Recorder::keep_as_sent(ProviderId, AttemptId attempt, const BlobId& bytes, std::uint64_t size,
                              std::span<const Reference> references) {
  return parts_.store.evidence().keep(attempt, bytes, size, references, parts_.clock.now());
}

Status Recorder::expect(ProviderId, AttemptId attempt, std::span<const Reference> references) {
  return parts_.store.evidence().expect(attempt, references, parts_.clock.now());
}

std::vector<Recorder::Item> Recorder::next_items() {
  std::unique_lock hold(mutex_);
  wake_.wait(hold, [this] { return !queue_.empty() || stopping_; });
  const std::size_t count = std::min(queue_.size(), group_limit_);
  std::vector<Item> items(std::make_move_iterator(queue_.begin()),
                          std::make_move_iterator(queue_.begin() + static_cast<std::ptrdiff_t>(count)));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  in_work_ = count;
  hold.unlock();
  space_.notify_all();
  return items;
}

void Recorder::run() {
  pthread_setname_np(pthread_self(), "recorder");
  for (;;) {
    std::vector<Item> items = next_items();
    if (items.empty()) return;  // stopping, and nothing waits
    const std::vector<OutcomeRecord> records = decide_all(items);
    // Before the commit: the next lease then goes into the same group of the store's writer.
    if (hooks_.places_freed && !failing_) hooks_.places_freed();
    if (!make_durable(records)) return;
    {
      const std::scoped_lock hold(mutex_);
      in_work_ = 0;
    }
    if (hooks_.places_freed) hooks_.places_freed();  // a retry may be due already
    if (hooks_.events_changed) hooks_.events_changed();
  }
}

std::vector<OutcomeRecord> Recorder::decide_all(std::vector<Item>& items) {
  const Instant now = parts_.clock.now();
  const Steady steady = parts_.clock.steady();
  std::vector<OutcomeRecord> records;
  records.reserve(items.size());
  std::vector<Answer> answers;
  answers.reserve(items.size());
  std::map<ProviderId, ProviderRules> rules;
  std::map<ProviderId, ProviderCounters> counted;
  for (Item& item : items) {
    const bool overdue = item.overdue.has_value();
    const auto known = overdue ? std::move(item.overdue) : parts_.in_hand.take(item.attempt);

    if (item.only_if_open && !known) continue;
    AttemptFacts facts;
    if (known) {
      facts = known->facts;
    } else {
      facts.late = true;
      facts.channel = parts_.board.channel(item.provider);
      facts.expires_at = now + default_expiry(facts.channel, Priority::normal);
    }
    if (!rules.contains(item.provider)) rules[item.provider] = parts_.board.rules(item.provider);
    const Verdict verdict = decide(rules[item.provider], facts, item.outcome, now);
    if (blames_provider(item.outcome) && known) parts_.failover.failed(facts.delivery, item.provider);
    ProviderCounters& count = counted[item.provider];
    ++(facts.late ? count.late : count.outcomes[static_cast<std::size_t>(item.outcome.kind) % count.outcomes.size()]);
    if (overdue) ++count.overdue;
    std::optional<Millis> took;
    if (known && !overdue && !facts.late && !item.outcome.throttled) {
      took = std::chrono::duration_cast<Millis>(steady - known->handed_over);
      count.outcome_seconds.observe(std::chrono::duration<double>(steady - known->handed_over).count());
    }
    if (item.outcome.throttled) ++count.throttled;
    if (known && (item.outcome.kind == OutcomeKind::sent || item.outcome.kind == OutcomeKind::pending)) {
      count.sms_segments += known->sms_segments;
      count.sms_cost += known->sms_segments * rules[item.provider].segment_cost;
    }
    if (blames_provider(item.outcome)) ++count.provider_failures;
    records.push_back({item.attempt, std::move(item.outcome), verdict, known ? known->content_hash : std::string{}, now});
    answers.push_back({item.provider, nullptr, facts.delivery, !facts.late, took});
  }
  for (std::size_t i = 0; i < answers.size(); ++i) answers[i].outcome = &records[i].outcome;
  const auto opened = parts_.board.answered(answers);
  for (const Answer* answer : opened) ++counted[answer->provider].breaker_openings;
  parts_.metrics.providers.with([&](auto& all) {
    for (const auto& [id, more] : counted) {
      ProviderCounters& sum = all[id];
      for (std::size_t i = 0; i < sum.outcomes.size(); ++i) sum.outcomes[i] += more.outcomes[i];
      sum.late += more.late;
      sum.overdue += more.overdue;
      sum.throttled += more.throttled;
      sum.provider_failures += more.provider_failures;
      sum.breaker_openings += more.breaker_openings;
      sum.sms_segments += more.sms_segments;
      sum.sms_cost += more.sms_cost;
      sum.outcome_seconds.add(more.outcome_seconds);
    }
  });
  warn_of_openings(opened);
  return records;
}

void Recorder::warn_of_openings(std::span<const Answer* const> opened) {
  for (const Answer* answer : opened) {
    parts_.log.warning(
        "MSO-3010",
        "the provider keeps failing: nothing is given to it for a while, then one message as a trial. Check its account and connection",
        {{"provider", answer->provider.to_string()}, {"code", answer->outcome->code}, {"detail", answer->outcome->private_text}});
  }
}

Recorder::Tried Recorder::record(std::span<const OutcomeRecord> records) {
  const auto done = parts_.store.work().record(records);
  if (!done) {
    parts_.metrics.record_retries.fetch_add(1, std::memory_order_relaxed);
    const ErrorKind kind = done.error().kind;
    if (kind != ErrorKind::unavailable && kind != ErrorKind::overloaded) return Tried::rejected;
    if (!failing_.exchange(true)) {
      parts_.log.error("MSO-3011", "outcomes cannot be recorded: sending slows down and stops until the store answers. Check the disk",
                       {{"code", done.error().code}, {"detail", done.error().detail}});
    }
    return Tried::unavailable;
  }
  if (failing_.exchange(false)) parts_.log.info("MSO-3012", "outcomes are being recorded again");
  parts_.metrics.recorded.fetch_add(records.size(), std::memory_order_relaxed);
  parts_.metrics.record_groups.fetch_add(1, std::memory_order_relaxed);
  for (const Recorded one : *done) {
    parts_.metrics.recorded_as[static_cast<std::size_t>(one) % parts_.metrics.recorded_as.size()].fetch_add(1, std::memory_order_relaxed);
  }
  return Tried::done;
}

bool Recorder::make_durable(std::span<const OutcomeRecord> records) {
  if (records.empty()) return true;
  Millis back_off = kFirstBackOff;
  for (;;) {
    const Tried tried = record(records);
    if (tried == Tried::done) return true;
    if (tried == Tried::rejected) break;
    if (!wait_for_store(back_off)) {
      parts_.log.error("MSO-3013",
                       "stopped with outcomes that could not be recorded: their attempts are settled at the next start as after a crash",
                       {{"count", std::to_string(waiting())}});
      return false;
    }
    back_off = std::min(back_off * 2, kLongestBackOff);
  }
  // The store works but will not take this group: one record must not hold up all others for ever.
  if (records.size() > 1) {
    return std::ranges::all_of(records, [this](const OutcomeRecord& one) { return make_durable({&one, 1}); });
  }
  parts_.metrics.record_set_aside.fetch_add(1, std::memory_order_relaxed);
  parts_.log.error("MSO-3014",
                   "the store will not take this outcome: the delivery stays handed over until the next start. Report it with this line",
                   {{"attempt", records.front().attempt.to_string()}, {"code", records.front().outcome.code}});
  return true;
}

bool Recorder::wait_for_store(Millis wait) {
  std::unique_lock hold(mutex_);
  const auto until = std::chrono::steady_clock::now() + wait;
  wake_.wait_until(hold, until, [this] { return stopping_; });
  if (!stopping_) return true;
  // Stopping: the rest of the wait, but not past the limit.
  if (std::chrono::steady_clock::now() >= give_up_at_) return false;
  wake_.wait_until(hold, std::min(until, give_up_at_), [] { return false; });
  return true;
}

}  // namespace messo
