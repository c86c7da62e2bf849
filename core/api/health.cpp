#include "api/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace messo::api {
namespace {

constexpr std::size_t kMostReasons = 300;  // characters of them in one sentence
constexpr double kMiB = 1024.0 * 1024.0;

// What is due in one pool, all priorities together.
struct PoolWork {
  std::uint64_t waiting = 0;
  Instant oldest{};
};

// Full, or at its rate, is at work.
bool takes(Gate gate) { return gate == Gate::open || gate == Gate::rate || gate == Gate::full; }

class Judge {
 public:
  Judge(const HealthFacts& facts, const HealthThresholds& thresholds) : facts_(facts), limits_(thresholds) {}

  HealthVerdict verdict() {
    store();
    queues();
    doubts();
    providers();
    pools();
    receipts();
    std::stable_sort(out_.reasons.begin(), out_.reasons.end(), [](const auto& a, const auto& b) { return a.severity > b.severity; });
    if (!out_.reasons.empty()) out_.level = out_.reasons.front().severity;
    return std::move(out_);
  }

 private:
  void add(std::string_view reason, HealthLevel severity, std::string detail) {
    out_.reasons.push_back({std::string(reason), severity, std::move(detail)});
  }
  void store();
  void queues();
  void oldest(const Depth& depth);
  void doubts();
  void providers();
  void waiting(const ProviderStatus& provider);
  void pools();
  void receipts();
  Seconds patience(Priority priority) const;

  const HealthFacts& facts_;
  const HealthThresholds& limits_;
  HealthVerdict out_;
};

void Judge::store() {
  const auto& store = facts_.store;
  if (!store.writable || !facts_.depths_known) {
    add("store_failing", HealthLevel::unhealthy, "The store cannot be written; look at its disk and the log.");
  }
  const auto least = static_cast<double>(facts_.admission.min_bytes_free), free = static_cast<double>(store.bytes_free);
  if (free < least) {
    add("disk_full", HealthLevel::unhealthy,
        fmt::format("Only {:.0f} MiB are free on the store's disk: nothing more is accepted. Make room.", free / kMiB));
  } else if (free < least * limits_.disk_factor) {
    add("disk_low", HealthLevel::degraded,
        fmt::format("{:.0f} MiB are free on the store's disk; at {:.0f} MiB nothing more is accepted. Make room.", free / kMiB,
                    least / kMiB));
  }
  if (store.commit_p99_ms > limits_.commit_p99_ms) {
    add("commits_slow", HealthLevel::degraded,
        fmt::format("Commits take up to {:.0f} ms (99th percentile); the disk is slow or shared.", store.commit_p99_ms));
  }
  if (facts_.dispatch.store_failing) {
    add("dispatch_failing", HealthLevel::unhealthy, "Dispatch cannot read or write the store; look at the log.");
  }
}

Seconds Judge::patience(Priority priority) const {
  switch (priority) {
    case Priority::urgent: return limits_.oldest_urgent;
    case Priority::alert: return limits_.oldest_alert;
    case Priority::normal: return limits_.oldest_normal;
    case Priority::bulk: return limits_.oldest_bulk;
  }
  return limits_.oldest_bulk;
}

void Judge::oldest(const Depth& depth) {
  if (!depth.oldest_due || depth.waiting == 0) return;
  const auto age = std::chrono::duration_cast<Seconds>(facts_.now - *depth.oldest_due);
  if (age <= patience(depth.priority)) return;
  add("queue_old", HealthLevel::degraded,
      fmt::format("The oldest due delivery of pool {}, priority {}, has been waiting for {} s.", depth.pool, to_string(depth.priority),
                  age.count()));
}

void Judge::queues() {
  std::uint64_t open = 0;
  for (const auto& depth : facts_.depths) {
    open += depth.waiting + depth.in_hand + depth.awaiting_receipt + depth.in_doubt;
    oldest(depth);
  }
  const auto most = static_cast<double>(facts_.admission.max_open);
  if (static_cast<double>(open) >= most) {
    add("queue_full", HealthLevel::unhealthy, fmt::format("{} deliveries are open, the most admitted: nothing more is accepted.", open));
  } else if (static_cast<double>(open) >= most * limits_.queue_share) {
    add("queue_filling", HealthLevel::degraded, fmt::format("{} deliveries are open; at {:.0f} nothing more is accepted.", open, most));
  }
}

void Judge::doubts() {
  std::uint64_t count = 0;
  Instant oldest = facts_.now;
  for (const auto& provider : facts_.doubts) {
    count += provider.count;
    oldest = std::min(oldest, provider.oldest);
  }
  const auto age = std::chrono::duration_cast<Seconds>(facts_.now - oldest);
  if (count == 0 || (count <= limits_.doubts && age <= limits_.doubt_age)) return;
  add("in_doubt", HealthLevel::degraded,
      fmt::format("{} in doubt, the oldest for {} min: nobody knows whether the provider has them. Decide with: messo doubt list",
                  count == 1 ? "1 message is" : fmt::format("{} messages are", count), age.count() / 60));
}

void Judge::receipts() {
  const auto& receipts = facts_.receipts;
  if (receipts.unmatched_old > limits_.unmatched_receipts) {
    add("receipts_unmatched", HealthLevel::degraded,
        fmt::format("{} receipts belong to no delivery for longer than {} min: see `messo receipts list --unmatched`.",
                    receipts.unmatched_old, std::chrono::duration_cast<std::chrono::minutes>(limits_.unmatched_age).count()));
  }
  if (receipts.quarantined > 0) {
    add("receipts_quarantined", HealthLevel::degraded,
        fmt::format("{} items with receipts could not be taken: see `messo receipts quarantine list`.", receipts.quarantined));
  }
  if (facts_.acceptances.count > 0) {
    const auto oldest = facts_.acceptances.oldest.value_or(facts_.now);
    add("pec_acceptance_late", HealthLevel::degraded,
        fmt::format(
            "{} handed over without the provider's acceptance (accettazione), the oldest {} min ago: see that the mailbox is read and "
            "the account not blocked.",
            facts_.acceptances.count == 1 ? "1 certified message was" : fmt::format("{} certified messages were", facts_.acceptances.count),
            std::chrono::duration_cast<std::chrono::minutes>(facts_.now - oldest).count()));
  }
  for (const auto& box : facts_.mailboxes) {
    if (box.state == MailboxStatus::State::hanging || box.failures >= limits_.mailbox_failures) {
      add("mailbox_failing", HealthLevel::degraded,
          fmt::format("Mailbox {} of provider {} cannot be polled: {}", box.mailbox, box.provider_key, box.problem));
    }
  }
}

void Judge::providers() {
  for (const auto& port : facts_.ports) {
    if (!port.problem.empty()) add("provider_failed", HealthLevel::degraded, fmt::format("Provider {}: {}", port.key, port.problem));
  }
  for (const auto& provider : facts_.dispatch.providers) {
    if (provider.gate == Gate::stopped)
      add("provider_paused", HealthLevel::degraded, fmt::format("Provider {} is paused or disabled.", provider.key));
    if (provider.gate == Gate::breaker_open) {
      add("provider_resting", HealthLevel::degraded,
          fmt::format("Provider {} failed repeatedly and rests: {}", provider.key, provider.reason));
    }
    if (provider.gate == Gate::asked_to_wait) waiting(provider);
  }
}

// Short pauses are how providers slow a sender down; long ones, or one after the other, are a quota used up or an account refused.
void Judge::waiting(const ProviderStatus& provider) {
  const auto in_all = provider.waiting_for + provider.wait;
  if (in_all < limits_.provider_wait) return;
  add("provider_waiting", HealthLevel::degraded,
      fmt::format("Provider {} has asked to wait, for {} min already and {} min more: {}", provider.key,
                  std::chrono::floor<std::chrono::minutes>(provider.waiting_for).count(),
                  std::chrono::ceil<std::chrono::minutes>(provider.wait).count(), provider.reason));
}

void Judge::pools() {
  if (!facts_.dispatch.leasing) return;
  std::map<std::string_view, PoolWork> pools;
  for (const auto& depth : facts_.depths) {
    if (depth.waiting == 0 || !depth.oldest_due) continue;
    auto& pool = pools.try_emplace(depth.pool, PoolWork{0, *depth.oldest_due}).first->second;
    pool.waiting += depth.waiting;
    pool.oldest = std::min(pool.oldest, *depth.oldest_due);
  }
  for (const auto& [name, work] : pools) {
    std::string reasons;
    bool served = false, taken = false;
    for (const auto& provider : facts_.dispatch.providers) {
      if (provider.pool != name) continue;
      served = true;
      taken = taken || takes(provider.gate);
      if (reasons.size() > kMostReasons) continue;
      reasons += fmt::format("{}{}: {}", reasons.empty() ? "" : "; ", provider.key,
                             provider.reason.empty() ? to_string(provider.gate) : std::string_view(provider.reason));
    }
    const auto age = std::chrono::duration_cast<Seconds>(facts_.now - work.oldest);
    if (!served) {
      add("pool_unserved", HealthLevel::degraded,
          fmt::format("{} deliveries wait in pool {}, which no provider serves.", work.waiting, name));
    } else if (!taken && age > limits_.blocked) {
      add("pool_blocked", HealthLevel::degraded,
          fmt::format("{} deliveries wait in pool {}, the oldest for {} s, and none of its providers takes any. {}", work.waiting, name,
                      age.count(), reasons));
    }
  }
}

}  // namespace

std::string_view to_string(HealthLevel level) {
  switch (level) {
    case HealthLevel::ok: return "ok";
    case HealthLevel::degraded: return "degraded";
    case HealthLevel::unhealthy: return "unhealthy";
  }
  return "unhealthy";
}

HealthVerdict judge(const HealthFacts& facts, const HealthThresholds& thresholds) { return Judge(facts, thresholds).verdict(); }

std::vector<ProviderView> provider_views(const DirectorySnapshot& directory, const DispatchStatus& dispatch,
                                         const std::vector<PortStatus>& ports) {
  std::vector<ProviderView> out;
  for (const auto& [id, provider] : directory.providers) {
    if (provider.retired) continue;
    ProviderView view{provider.key, provider.enabled ? "running" : "stopped", {}, {}};
    for (const auto& status : dispatch.providers) {
      if (status.id != id) continue;
      view.detail = status.reason;
      view.share = std::round(status.share * 100) / 100;
      if (status.gate == Gate::not_running) view.state = "failed";
      if (status.gate == Gate::asked_to_wait || status.gate == Gate::breaker_open) view.state = "resting";
      if (view.detail.empty() && status.gate != Gate::open) view.detail = to_string(status.gate);
    }
    for (const auto& port : ports) {
      if (port.id != id) continue;
      if (!port.running) view.state = provider.enabled ? "failed" : "stopped";
      if (!port.problem.empty()) view.detail = port.problem;
      if (port.isolation == Isolation::process) view.restarts = port.figures.restarts;
    }
    if (directory.paused(PauseScope::provider, id.value.view())) view.state = "paused";
    out.push_back(std::move(view));
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return out;
}

}  // namespace messo::api
