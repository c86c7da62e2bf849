#include "store/sqlite/writer.hpp"

#include <pthread.h>

#include <algorithm>

namespace messo::sqlite {
namespace {

// Bounds of one group, in jobs' weights. Intake's share while work waits is what keeps a flood of posts from starving delivery.
constexpr std::size_t kWorkShare = 1024;
constexpr std::size_t kIntakeShare = 512;
constexpr std::size_t kIntakeShareBesideWork = 96;

constexpr char kSetCounter[] = "INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value";

std::int64_t read_counter(Connection& db, std::string_view name) {
  Cursor row = db.query("SELECT value FROM counter WHERE name = ?1", name);
  return row.next() ? row->number(0) : 0;
}

void take(std::deque<Job*>& from, std::size_t share, std::vector<Job*>& group) {
  std::size_t weight = 0;
  while (!from.empty() && weight < share) {
    weight += from.front()->weight;
    group.push_back(from.front());
    from.pop_front();
  }
}

}  // namespace

std::int64_t Tx::open_of(ServiceId service) const {
  const auto at = committed.open_by_service.find(service);
  std::int64_t open = at == committed.open_by_service.end() ? 0 : at->second;
  for (const auto& [lane, counts] : change.lanes) {
    if (lane.service == service) open += counts.open();
  }
  return open;
}

Writer::Writer(Database& database, std::unique_ptr<Connection> db, Log& log, std::function<void(int)> after_commit)
    : database_(database), db_(std::move(db)), log_(log), after_commit_(std::move(after_commit)) {
  committed_ = load_totals(*db_);
  totals_.with([&](Totals& t) { t = committed_; });
  event_position_ = read_counter(*db_, "event_position");
  content_row_ = read_counter(*db_, "content");
  audit_position_ = read_counter(*db_, "audit");
  sqlite3_wal_hook(
      db_->handle(),
      [](void* self, sqlite3*, const char*, int frames) {
        static_cast<Writer*>(self)->wal_frames_ = frames;
        return SQLITE_OK;
      },
      this);
  thread_ = std::thread([this] { loop(); });
  pthread_setname_np(thread_.native_handle(), "store-writer");
}

Writer::~Writer() {
  {
    const std::scoped_lock hold(mutex_);
    stop_ = true;
  }
  bell_.notify_all();
  thread_.join();
}

Status Writer::run(Turn turn, Job& job) {
  {
    const std::scoped_lock hold(mutex_);
    queues_[static_cast<std::size_t>(turn)].push_back(&job);
  }
  bell_.notify_one();
  job.done.wait();
  if (job.error) return fail(std::move(*job.error));
  return {};
}

std::vector<Job*> Writer::take_group() {
  std::unique_lock hold(mutex_);
  const auto waiting = [&] { return std::ranges::any_of(queues_, [](const auto& q) { return !q.empty(); }); };
  bell_.wait(hold, [&] { return stop_ || waiting(); });
  auto& [work, intake, background] = queues_;
  std::vector<Job*> group;
  take(work, kWorkShare, group);
  take(intake, group.empty() ? kIntakeShare : kIntakeShareBesideWork, group);
  take(background, 1, group);
  return group;
}

void Writer::loop() {
  for (;;) {
    const std::vector<Job*> group = take_group();
    if (group.empty()) return;  // stopped, and nothing is waiting
    std::optional<Error> error = commit(group);
    if (error && group.size() > 1 && error->kind == ErrorKind::internal) {
      // One job's defect must not become the others': each for itself.
      for (Job* job : group) finish(*job, commit(std::span(&job, 1)));
      continue;
    }
    for (Job* job : group) finish(*job, error);
    if (!error && after_commit_) after_commit_(wal_frames_);
  }
}

std::optional<Error> Writer::commit(std::span<Job* const> group) {
  const auto begun = std::chrono::steady_clock::now();
  try {
    db_->run("BEGIN IMMEDIATE");
    Tx tx{*db_, database_, committed_, {}, event_position_, content_row_, audit_position_};
    for (Job* job : group) job->run(job->context, tx);
    write_totals(*db_, tx.change);
    if (tx.event_position != event_position_) db_->run(kSetCounter, std::string_view("event_position"), tx.event_position);
    if (tx.content_row != content_row_) db_->run(kSetCounter, std::string_view("content"), tx.content_row);
    if (tx.audit_position != audit_position_) db_->run(kSetCounter, std::string_view("audit"), tx.audit_position);
    db_->run("COMMIT");
    event_position_ = tx.event_position;
    content_row_ = tx.content_row;
    audit_position_ = tx.audit_position;
    if (!tx.change.empty()) {
      committed_.add(tx.change);
      totals_.with([&](Totals& t) { t.add(tx.change); });
    }
  } catch (const std::exception& e) {
    const auto* sql = dynamic_cast<const SqliteError*>(&e);
    Error error =
        sql ? sql->as_error() : Error{ErrorKind::internal, "store_defect", "Something went wrong inside the store.", e.what(), {}, {}};
    try {
      if (db_->in_transaction()) db_->run("ROLLBACK");
    } catch (const std::exception&) {  // a failed write has rolled back already
    }
    note_failure(error);
    return error;
  }
  note_commit(std::chrono::steady_clock::now() - begun, group.size());
  return {};
}

void Writer::finish(Job& job, std::optional<Error> error) {
  job.error = std::move(error);
  job.done.set();
}

void Writer::note_commit(std::chrono::steady_clock::duration took, std::size_t jobs) {
  if (troubled_.exchange(false)) log_.info("MSO-2002", "The store can be written again.");
  const auto ms = std::chrono::duration<float, std::milli>(took).count();
  times_.with([&](Times& t) {
    t.ms[t.count++ % t.ms.size()] = ms;
    ++t.commits;
    t.writes += jobs;
    t.problem.clear();
    t.wal_frames = wal_frames_;
  });
}

void Writer::note_failure(const Error& error) {
  if (error.kind == ErrorKind::internal) {
    log_.error("MSO-2003", "A change could not be stored for a defect inside the store; please report it.", {{"detail", error.detail}});
    return;
  }
  times_.with([&](Times& t) { t.problem = error.message; });
  if (!troubled_.exchange(true)) {
    log_.error("MSO-2001", "The store cannot be written; nothing is lost, new notifications are refused. Check the disk.",
               {{"detail", error.detail}});
  }
}

WriterFigures Writer::figures() const {
  WriterFigures out;
  std::vector<float> ms;
  times_.with([&](const Times& t) {
    ms.assign(t.ms.begin(), t.ms.begin() + static_cast<std::ptrdiff_t>(std::min(t.count, t.ms.size())));
    out.commits = t.commits;
    out.writes = t.writes;
    out.problem = t.problem;
    out.wal_frames = t.wal_frames;
  });
  out.writable = !troubled_;
  if (ms.empty()) return out;
  std::ranges::sort(ms);
  out.p50_ms = ms[ms.size() / 2];
  out.p99_ms = ms[std::min(ms.size() - 1, ms.size() * 99 / 100)];
  return out;
}

}  // namespace messo::sqlite
