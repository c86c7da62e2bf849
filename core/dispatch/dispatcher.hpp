// The stage that brings due deliveries to providers (DESIGN §5; docs/dispatch.md).
//
// Start and stop, in this order; the composition root does it:
//   dispatcher constructed -> ports' plugins created with dispatcher.listener() -> dispatcher.start() -> plugins started
//   dispatcher.stop_leasing() -> plugins stopped (they drain and give back the rest) -> dispatcher.stop(): what they answered is durable
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "base/bell.hpp"
#include "dispatch/clock_watch.hpp"
#include "dispatch/doubt_asker.hpp"
#include "dispatch/fair_queue.hpp"
#include "dispatch/lane_reader.hpp"
#include "dispatch/recorder.hpp"
#include "dispatch/submitter.hpp"
#include "dispatch/suspects.hpp"
#include "dispatch/weighted_choice.hpp"

namespace messo {

struct DispatchConfig {
  Worker worker;                     // this node's run
  std::size_t batch = 256;           // messages leased at once
  std::size_t window_rows = 2000;    // due rows in memory at once
  std::uint32_t max_in_hand = 8192;  // messages with all providers together
  std::size_t record_group = 512;    // outcomes recorded at once
  Millis scan{1000};                 // longest sleep: bells may be lost
  BreakerSettings breaker;
};

struct DispatchStatus {
  bool leasing = false;
  bool store_failing = false;        // the last lease or record failed
  std::uint32_t in_hand = 0;         // with providers
  std::size_t waiting_outcomes = 0;  // answered, not durable yet
  Recovered recovered;               // what the last start found
  std::vector<ProviderStatus> providers;
};

class Dispatcher {
 public:
  // The running providers, at any time, from threads of the dispatcher. Ring after they change.
  using Ports = std::function<std::vector<ProviderPortPtr>()>;
  struct Hooks {
    std::function<void()> events_changed;                                  // events were committed; cheap
    std::function<Status(ProviderId, std::span<const Receipt>)> receipts;  // stage `receipts`
  };

  // Everything given must outlive it.
  Dispatcher(DispatchConfig config, Store& store, Ports ports, MessageRenderer& renderer, const Clock& clock, Log& log, Hooks hooks);
  ~Dispatcher();  // stop_leasing() and stop() without waiting, if they were not called
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // For the providers' call-backs; usable from construction until destruction.
  ProviderListener& listener() { return recorder_; }

  // Settles what earlier runs of this node left behind (their leased and handed-over attempts), then starts both threads. Errors: the
  // store's.
  Status start();
  // Leases nothing any more; returns when the dispatch thread has ended. Outcomes are still recorded.
  void stop_leasing();
  // After the plugins have stopped: records what is left, at most `limit`. Returns how many outcomes could not be made durable.
  std::size_t stop(Millis limit);

  // A message may be due: after an accept. Cheap, any thread, for every message.
  void ring_due() { bell_.ring(); }
  // Anything may have changed: after a directory or port change, a resume, a decision about a doubt.
  void ring() {
    bell_.ring();
    asker_.ring();
  }
  DispatchStatus status() const;
  const DispatchMetrics& metrics() const { return metrics_; }
  DispatchMetrics& metrics() { return metrics_; }

 private:
  // What is kept per pool between rounds.
  struct Pool {
    LaneReader reader;
    FairQueue fair;
    WeightedChoice<ProviderId> choice;
    std::uint32_t rounds = 0;
  };
  struct Choice {
    DueDelivery row;
    std::size_t candidate;
  };
  enum class Round : std::uint8_t { idle, blocked, worked, failed };

  void run();
  void refresh();
  Round round(const std::string& name, Pool& pool);
  Result<std::vector<Choice>> choose(Pool& pool, std::vector<Candidate>& candidates, std::size_t most);
  std::vector<LaneShare> shares(const std::vector<LaneHead>& lanes) const;
  std::optional<std::size_t> provider_for(Pool& pool, const std::vector<Candidate>& candidates, const Lane& lane,
                                          DeliveryId delivery) const;
  // Sends a suspect of the pool alone, when its turn has come.
  void isolate_one(const std::string& name, Pool& pool, std::vector<Candidate>& candidates);
  Round lease_and_submit(const std::vector<Choice>& choices, std::span<const Candidate> candidates);
  void expire_seen();
  void check_overdue();
  void check_clock();
  void store_works();
  void store_failed(const Error& error, std::string_view doing);
  Millis sleep_time(bool idle);

  DispatchConfig config_;
  Store& store_;
  Ports ports_;
  const Clock& clock_;
  Log& log_;
  Hooks hooks_;
  DispatchMetrics metrics_;
  ProviderBoard board_;
  InHand in_hand_;
  FailoverMemory failover_;
  Bell bell_;
  Recorder recorder_;
  Submitter submitter_;
  DoubtAsker asker_;

  // Of the dispatch thread.
  Suspects suspects_;
  std::map<std::string, Pool> pools_;
  std::vector<ProviderPortPtr> running_;
  DirectoryPtr directory_;
  PauseSet pauses_;
  Steady overdue_checked_{};
  ClockWatch clock_watch_;
  std::optional<ClockStep> set_back_;  // not told to the store yet

  Recovered recovered_;
  std::atomic<bool> leasing_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> store_failing_{false};
  Bell stop_bell_;
  std::thread thread_;
};

}  // namespace messo
