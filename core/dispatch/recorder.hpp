// Takes what providers answer, decides, and makes it durable. The only ProviderListener of the hub.
//
// Threads: call-backs come from any thread and only queue; one thread of its own groups what waits (a commit in flight is the timer).
// Bounds: the queue holds at most what providers were given, plus kLateBound late answers; beyond that on_outcome blocks.
// Durability: nothing is dropped while the process lives. When the store does not answer, the group is repeated with back-off; places of
// unrecorded messages are not given out again, so the hub leases less and then nothing, until the store is back.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/log.hpp"
#include "dispatch/failover_memory.hpp"
#include "dispatch/in_hand.hpp"
#include "dispatch/metrics.hpp"
#include "dispatch/provider_board.hpp"
#include "store/store.hpp"

namespace messo {

// What happens elsewhere; each must be cheap and thread-safe unless said otherwise. Empty ones are not called.
struct RecorderHooks {
  std::function<void()> places_freed;    // the dispatcher may lease again
  std::function<void()> events_changed;  // events were committed
  // Stage `receipts`; may block until durable.
  std::function<Status(ProviderId, std::span<const Receipt>)> receipts;
};

class Recorder final : public ProviderListener {
 public:
  static constexpr std::size_t kLateBound = 65'536;

  struct Parts {
    Store& store;
    ProviderBoard& board;
    InHand& in_hand;
    FailoverMemory& failover;
    DispatchMetrics& metrics;
    const Clock& clock;
    Log& log;
  };
  Recorder(Parts parts, RecorderHooks hooks, std::size_t group_limit);
  ~Recorder() override;
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  void start();
  // Records all that waits, then ends; call it when no provider can answer any more. Past `limit` (real time) it gives up on an unavailable
  // store: those attempts are handed over in the store and recovered at the next start. Returns how many were left.
  std::size_t stop(Millis limit);

  void on_outcome(ProviderId provider, AttemptId attempt, Outcome outcome) override;
  void on_grant(ProviderId provider, Grant grant) override;
  Status on_receipts(ProviderId provider, std::span<const Receipt> receipts) override;
  Status checkpoint(ProviderId provider, AttemptId attempt, std::string_view bytes) override;
  Status keep_as_sent(ProviderId provider, AttemptId attempt, const BlobId& bytes, std::uint64_t size,
                      std::span<const Reference> references) override;
  Status expect(ProviderId provider, AttemptId attempt, std::span<const Reference> references) override;

  // Attempts whose answer_by has passed: decided as `unknown` ("no_answer"); their places are free again. A late answer may still settle
  // them.
  void on_overdue(std::vector<InHandAttempt> attempts);

  // The hub's own answer for an attempt the provider may have answered already: then it is dropped.
  void answer_if_open(ProviderId provider, AttemptId attempt, Outcome outcome);

  // Outcomes that are not durable yet.
  std::size_t waiting() const;
  // Whether the last call to the store failed.
  bool store_failing() const { return failing_.load(std::memory_order_relaxed); }

 private:
  struct Item {
    ProviderId provider;
    AttemptId attempt;
    Outcome outcome;
    std::optional<InHandAttempt> overdue{};
    bool only_if_open = false;
  };
  void push(Item item);
  void run();
  std::vector<Item> next_items();
  std::vector<OutcomeRecord> decide_all(std::vector<Item>& items);
  void warn_of_openings(std::span<const Answer* const> opened);
  enum class Tried : std::uint8_t { done, unavailable, rejected };
  // False when it gave up because of stop().
  bool make_durable(std::span<const OutcomeRecord> records);
  Tried record(std::span<const OutcomeRecord> records);
  // False when stop()'s limit has passed.
  bool wait_for_store(Millis wait);

  Parts parts_;
  RecorderHooks hooks_;
  std::size_t group_limit_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;   // for the thread: work, or stop
  std::condition_variable space_;  // for on_outcome: the queue has room
  std::deque<Item> queue_;
  std::size_t in_work_ = 0;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point give_up_at_{};
  std::atomic<bool> failing_{false};
  std::thread thread_;
};

}  // namespace messo
