#include "dispatch/housekeeper.hpp"

#include <pthread.h>

#include <algorithm>

namespace messo {
namespace {

using namespace std::chrono_literals;
constexpr Millis kBreath{5};  // between two busy turns, for the other writers

}  // namespace

Housekeeper::Housekeeper(HousekeeperConfig config, Store& store, DispatchMetrics& metrics, const Clock& clock, Log& log, Hooks hooks)
    : config_(config),
      store_(store),
      metrics_(metrics),
      clock_(clock),
      log_(log),
      hooks_(std::move(hooks)),
      acceptances_(config.pec_acceptance, store, metrics, clock, log) {
  const auto count = [](std::atomic<std::uint64_t>& counter, const Result<std::size_t>& done) {
    if (done) counter.fetch_add(*done, std::memory_order_relaxed);
    return done;
  };
  chores_.push_back({"expire",
                     config_.expire_every,
                     [this, count] { return count(metrics_.expired, store_.work().expire(clock_.now(), config_.step)); },
                     config_.step,
                     {}});
  chores_.push_back({"timers",
                     config_.expire_every,
                     [this, count] { return count(metrics_.timers_fired, store_.timers().fire(clock_.now(), config_.step)); },
                     config_.step,
                     {}});
  chores_.push_back({"prune",
                     config_.prune_every,
                     [this]() -> Result<std::size_t> {
                       const auto done = store_.ledger().prune(config_.retention, clock_.now(), config_.step);
                       if (!done) return fail(done.error());
                       metrics_.pruned_contents.fetch_add(done->contents, std::memory_order_relaxed);
                       metrics_.pruned_notifications.fetch_add(done->notifications, std::memory_order_relaxed);
                       return static_cast<std::size_t>(done->contents + done->notifications + done->idempotency_keys);
                     },
                     1,
                     {}});
  chores_.push_back({"blobs",
                     config_.collect_every,
                     [this, count] { return count(metrics_.blobs_collected, store_.blobs().collect(clock_.now())); },
                     std::numeric_limits<std::size_t>::max(),
                     {}});
  chores_.push_back({"acceptances",
                     acceptances_.every(),
                     [this]() -> Result<std::size_t> {
                       if (const Status looked = acceptances_.look(); !looked) return fail(Error(looked.error()));
                       return 0;
                     },
                     1,
                     {}});
}

Housekeeper::~Housekeeper() { stop(); }

void Housekeeper::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Housekeeper::stop() {
  stopping_ = true;
  bell_.ring();
  if (thread_.joinable()) thread_.join();
}

void Housekeeper::run() {
  pthread_setname_np(pthread_self(), "housekeeper");
  while (!stopping_) {
    const bool more = turn();
    bell_.wait(more ? kBreath : std::min(config_.expire_every, Millis{1'000}));
  }
}

bool Housekeeper::turn() {
  const Steady now = clock_.steady();
  bool more = false;
  for (Chore& chore : chores_) {
    if (stopping_ || now < chore.next) continue;
    const bool unfinished = do_chore(chore);
    if (!unfinished) chore.next = now + chore.every;
    more = more || unfinished;
  }
  return more;
}

bool Housekeeper::do_chore(Chore& chore) {
  std::size_t all = 0;
  for (std::size_t i = 0; i < config_.most_steps && !stopping_; ++i) {
    const auto done = chore.step();
    if (!done) {
      metrics_.store_errors.fetch_add(1, std::memory_order_relaxed);
      if (!std::exchange(failing_, true)) {
        log_.warning("MSO-3030", "housekeeping could not be done and is tried again. Check the disk",
                     {{"chore", std::string(chore.name)}, {"code", done.error().code}, {"detail", done.error().detail}});
      }
      return false;
    }
    failing_ = false;
    all += *done;
    if (*done < chore.full) {
      if (all > 0 && hooks_.events_changed) hooks_.events_changed();
      return false;
    }
  }
  if (hooks_.events_changed) hooks_.events_changed();
  return true;
}

}  // namespace messo
