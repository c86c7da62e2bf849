// The one writer: commits whatever is waiting as one group. A commit in flight is the only timer.
#pragma once
#include <array>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "base/done_flag.hpp"
#include "base/guarded.hpp"
#include "base/log.hpp"
#include "store/sqlite/totals.hpp"

namespace messo::sqlite {

class Database;

// Whose turn a job takes in a group. Work goes first in every group; intake is bounded while work waits, but always has a share; background
// work (pruning) is one job per group.
enum class Turn : std::uint8_t { work = 0, intake = 1, background = 2 };

// What a job sees: the writer's connection inside the group's transaction, and the figures it moves.
struct Tx {
  Connection& db;
  Database& database;       // what all of the engine shares; its verbs would wait for this very group
  const Totals& committed;  // before this group
  Totals change;            // by this group so far
  std::int64_t event_position = 0;
  std::int64_t content_row = 0;
  std::int64_t audit_position = 0;

  std::int64_t open_deliveries() const { return committed.open + change.open; }
  std::int64_t open_of(ServiceId service) const;
};

// One call waiting for its commit; lives on the caller's stack. `run` may be called again when the group it was in failed, so it must work
// from its inputs alone. It validates before it writes: an error it returns to its caller must have left no row.
struct Job {
  void (*run)(void* context, Tx& tx) = nullptr;
  void* context = nullptr;
  std::size_t weight = 1;  // rows or notifications, for the bounds of a group

  std::optional<Error> error;
  DoneFlag done;  // the last the writer touches
};

struct WriterFigures {
  double p50_ms = 0, p99_ms = 0;
  std::uint64_t commits = 0, writes = 0;
  bool writable = true;
  std::string problem;
  int wal_frames = 0;
};

class Writer {
 public:
  // `before_group` runs on the writer thread between groups (the bound of the log); its cost delays every caller.
  Writer(Database& database, std::unique_ptr<Connection> db, Log& log, std::function<void(int wal_frames)> after_commit);
  ~Writer();  // commits what is waiting, then ends the thread

  // Blocks until the job is durable; its error (only storage failures and defects) otherwise.
  Status run(Turn turn, Job& job);
  WriterFigures figures() const;
  // The committed figures. Cheap copy-free reading through `use`.
  template <class F>
  decltype(auto) with_totals(F&& use) const {
    return totals_.with(std::forward<F>(use));
  }
  // True while the last commit failed for the disk's sake.
  bool troubled() const { return troubled_; }

 private:
  void loop();
  std::vector<Job*> take_group();
  // Runs the jobs as one transaction; the error when nothing of it is stored.
  std::optional<Error> commit(std::span<Job* const> group);
  void note_commit(std::chrono::steady_clock::duration took, std::size_t jobs);
  void note_failure(const Error& error);
  static void finish(Job& job, std::optional<Error> error);

  Database& database_;
  std::unique_ptr<Connection> db_;
  Log& log_;
  std::function<void(int)> after_commit_;
  Guarded<Totals> totals_;
  Totals committed_;  // the writer thread's own copy of totals_
  std::int64_t event_position_ = 0, content_row_ = 0, audit_position_ = 0;
  int wal_frames_ = 0;

  std::mutex mutex_;
  std::condition_variable bell_;
  std::array<std::deque<Job*>, 3> queues_;
  bool stop_ = false;

  struct Times {
    std::array<float, 2048> ms{};
    std::size_t count = 0;
    std::uint64_t commits = 0, writes = 0;
    std::string problem;
    int wal_frames = 0;
  };
  Guarded<Times> times_;
  std::atomic<bool> troubled_ = false;
  std::thread thread_;
};

}  // namespace messo::sqlite
