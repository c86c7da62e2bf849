// What has to happen by time alone: expiry, receipt deadlines, retention, unused blobs, certified mail nobody accepted. One thread, bounded
// steps, so that it never holds the store's writer for long. Retention never touches unsent work (the store sees to it).
#pragma once
#include <functional>
#include <thread>

#include "base/bell.hpp"
#include "base/log.hpp"
#include "dispatch/acceptance_watch.hpp"
#include "dispatch/metrics.hpp"
#include "store/store.hpp"

namespace messo {

struct HousekeeperConfig {
  Retention retention;
  Millis expire_every{1'000};   // expired rows, timers
  Millis prune_every{600'000};  // retention
  Millis collect_every{3'600'000};
  Millis pec_acceptance{1'800'000};  // certified mail must have been accepted so long after its hand-over
  std::size_t step = 500;            // rows per store call
  std::size_t most_steps = 40;       // store calls of one kind per turn; the next turn follows at once when there was more
};

class Housekeeper {
 public:
  struct Hooks {
    std::function<void()> events_changed;  // events were committed; cheap
  };
  // Everything given must outlive it.
  Housekeeper(HousekeeperConfig config, Store& store, DispatchMetrics& metrics, const Clock& clock, Log& log, Hooks hooks);
  ~Housekeeper();
  Housekeeper(const Housekeeper&) = delete;
  Housekeeper& operator=(const Housekeeper&) = delete;

  void start();
  void stop();
  // Does whatever is due by the clock; for the thread, and for tests. Returns true when there is more to do at once.
  bool turn();

 private:
  struct Chore {
    std::string_view name;
    Millis every;
    std::function<Result<std::size_t>()> step;  // how many it did; a full step means there may be more
    std::size_t full;
    Steady next{};
  };
  void run();
  bool do_chore(Chore& chore);

  HousekeeperConfig config_;
  Store& store_;
  DispatchMetrics& metrics_;
  const Clock& clock_;
  Log& log_;
  Hooks hooks_;
  AcceptanceWatch acceptances_;
  std::vector<Chore> chores_;
  bool failing_ = false;
  std::atomic<bool> stopping_{false};
  Bell bell_;
  std::thread thread_;
};

}  // namespace messo
