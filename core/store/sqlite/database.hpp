// The open database: lock, connections, writer, checkpoints, figures. What every part of the engine is given.
#pragma once
#include <atomic>

#include "base/guarded.hpp"
#include "model/directory.hpp"
#include "store/engines.hpp"
#include "store/sqlite/address_sorter.hpp"
#include "store/sqlite/readers.hpp"
#include "store/sqlite/seal.hpp"
#include "store/sqlite/suppressions.hpp"
#include "store/sqlite/writer.hpp"

namespace messo::sqlite {

// One daemon per file: held while the store is open, released by the kernel when the process dies.
class FileLock {
 public:
  static Result<FileLock> take(const std::filesystem::path& file);
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const SqliteOptions& options, const Clock& clock, Log& log);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Runs `work(Tx&)`, which returns a Result or Status, on the writer; back once durable. See Job for what it may do.
  template <class F>
  auto write(Turn turn, std::size_t weight, F&& work) -> decltype(work(std::declval<Tx&>())) {
    using R = decltype(work(std::declval<Tx&>()));
    struct Call {
      F& work;
      std::optional<R> out;
    } call{work, {}};
    Job job;
    job.weight = weight;
    job.context = &call;
    job.run = [](void* context, Tx& tx) {
      auto& c = *static_cast<Call*>(context);
      c.out.emplace(c.work(tx));
    };
    if (Status done = writer_->run(turn, job); !done) return fail(std::move(done.error()));
    return std::move(*call.out);
  }
  // Runs `use(Connection&)`, which returns a Result, on a reader.
  template <class F>
  auto read(F&& use) {
    return readers_->with(std::forward<F>(use));
  }

  const SqliteOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }
  const Sealer& sealer() const { return sealer_; }
  Log& log() const { return log_; }
  Writer& writer() { return *writer_; }
  AddressSorter& address_sorter() { return address_sorter_; }
  SuppressionFilter& suppression_filter() { return suppression_filter_; }
  StoreHealth health() const;
  std::uint64_t bytes_free() const { return bytes_free_; }

  // Shared by intake (service limits) and directory (who writes it).
  DirectoryPtr directory() const { return directory_.copy(); }
  void set_directory(DirectoryPtr now) {
    directory_.with([&](DirectoryPtr& d) { d = std::move(now); });
  }
  // Bytes of accepts that wait for the writer.
  std::atomic<std::uint64_t>& waiting_bytes() { return waiting_bytes_; }
  // Not options().admission: those were the limits at the start.
  Admission admission() const { return admission_.copy(); }
  void set_admission(const Admission& now) {
    admission_.with([&](Admission& a) { a = now; });
  }

 private:
  Database(const SqliteOptions& options, const Clock& clock, Log& log, Sealer sealer, FileLock lock);
  Status start();
  void after_commit(int wal_frames);
  void maintain();
  void checkpoint();
  void measure_disk();

  SqliteOptions options_;
  const Clock& clock_;
  Log& log_;
  Sealer sealer_;
  FileLock lock_;
  Guarded<DirectoryPtr> directory_{std::make_shared<DirectorySnapshot>()};
  Guarded<Admission> admission_;
  std::atomic<std::uint64_t> waiting_bytes_ = 0;
  std::atomic<std::uint64_t> bytes_free_ = ~0ULL;

  std::unique_ptr<Readers> readers_;
  AddressSorter address_sorter_;
  SuppressionFilter suppression_filter_;
  std::mutex checkpoint_mutex_;  // owns checkpointer_
  std::unique_ptr<Connection> checkpointer_;
  std::mutex maintenance_mutex_;
  std::condition_variable maintenance_bell_;
  bool wants_checkpoint_ = false;
  bool stop_ = false;
  int copied_frames_ = 0;  // of the log, asked to be copied; the writer's
  std::thread maintenance_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace messo::sqlite
