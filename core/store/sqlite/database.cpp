#include "store/sqlite/database.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/durable_folder.hpp"
#include "store/sqlite/migrations.hpp"

namespace messo::sqlite {
namespace {

constexpr std::size_t kReaders = 4;
constexpr std::size_t kReaderCache = 2ULL << 20;
constexpr std::size_t kFrame = 4096;
constexpr std::string_view kSealCheck = "messo";
constexpr std::string_view kSealCheckName = "seal_check";

std::filesystem::path beside(const std::filesystem::path& file, std::string_view suffix) { return file.string() + std::string(suffix); }

// The master key must be the one the database was made with.
Status check_seal(Connection& db, const Sealer& sealer) {
  {
    Cursor row = db.query("SELECT value FROM setting WHERE name = ?1", kSealCheckName);
    if (row.next()) {
      const auto opened = sealer.open(Sealer::Purpose::secret, row->bytes(0), kSealCheckName);
      if (opened && *opened == kSealCheck) return {};
      return fail(ErrorKind::invalid, "wrong_master_key",
                  "The master key is not the one this database was made with; secrets could not be read.");
    }
  }
  const std::string sealed = sealer.seal(Sealer::Purpose::secret, kSealCheck, kSealCheckName);
  db.run("INSERT INTO setting (name, value) VALUES (?1, ?2)", kSealCheckName, Bytes{sealed});
  return {};
}

// After a checkpoint that failed: the next one shall copy the whole log. SQLite syncs the database only at the end of a complete copy, but
// counts what partial ones wrote before as done; when that sync fails the kernel drops all these pages, SQLite writes the last ones again,
// and then begins the log anew without the others. The count is at byte 96 of the log's index (https://sqlite.org/walformat.html,
// "nBackfill"); 0 is always true of it, and while it is below the log's length nobody begins the log anew.
void copy_all_again(sqlite3* db) {
  constexpr std::size_t kBackfillAt = 96;
  constexpr int kIndexRegion = 32 * 1024;
  sqlite3_file* file = nullptr;
  void volatile* index = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == nullptr) return;
  if (file->pMethods == nullptr || file->pMethods->iVersion < 2) return;
  if (file->pMethods->xShmMap(file, 0, kIndexRegion, 0, &index) != SQLITE_OK || index == nullptr) return;
  auto* count = reinterpret_cast<std::uint32_t*>(static_cast<char*>(const_cast<void*>(index)) + kBackfillAt);
  std::atomic_ref(*count).store(0);
}

std::uint64_t size_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  return error ? 0 : size;
}

}  // namespace

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
  const int descriptor = ::open(beside(file, ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    const bool read_only = errno == EROFS;
    const std::string detail = beside(file, ".lock").string() + ": " + std::generic_category().message(errno);
    return fail(ErrorKind::unavailable, "store_unavailable",
                read_only ? "The disk of the store is read-only; look at the system's log why, and mount it to be written."
                          : "The store's lock file cannot be opened; give the store's folder to the daemon's user.",
                detail);
  }
  FileLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    return fail(ErrorKind::conflict, "database_in_use", "Another Messo is running on this database; stop it first.", file.string());
  }
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Database::Database(const SqliteOptions& options, const Clock& clock, Log& log, Sealer sealer, FileLock lock)
    : options_(options), clock_(clock), log_(log), sealer_(std::move(sealer)), lock_(std::move(lock)), admission_(options.admission) {}

Result<std::unique_ptr<Database>> Database::open(const SqliteOptions& options, const Clock& clock, Log& log) {
  if (Status made = make_durable_folder(options.file.parent_path()); !made) return fail(made.error());
  auto sealer = Sealer::make(options.master_key);
  if (!sealer) return fail(sealer.error());
  auto lock = FileLock::take(options.file);
  if (!lock) return fail(lock.error());
  std::unique_ptr<Database> out(new Database(options, clock, log, std::move(*sealer), std::move(*lock)));
  if (Status started = out->start(); !started) return fail(started.error());
  return out;
}

Status Database::start() {
  try {
    auto db = std::make_unique<Connection>(options_.file, Connection::Mode::writer, options_.cache_bytes);
    db->script("PRAGMA journal_size_limit = " + std::to_string(options_.log_bytes));
    if (Status migrated = migrate(*db, embedded_migrations(), clock_.now()); !migrated) return migrated;
    if (Status sealed = check_seal(*db, sealer_); !sealed) return sealed;
    suppression_filter_.load(*db);
    std::error_code ignored;  // on a file system without permissions the folder's must do
    std::filesystem::permissions(options_.file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
    readers_ = std::make_unique<Readers>(options_.file, kReaders, kReaderCache);
    checkpointer_ = std::make_unique<Connection>(options_.file, Connection::Mode::checkpointer, 256 << 10);
    measure_disk();
    writer_ = std::make_unique<Writer>(*this, std::move(db), log_, [this](int frames) { after_commit(frames); });
    maintenance_ = std::thread([this] { maintain(); });
    pthread_setname_np(maintenance_.native_handle(), "store-upkeep");
    return {};
  } catch (const SqliteError& e) {
    return fail(e.as_error());
  }
}

Database::~Database() {
  {
    const std::scoped_lock hold(maintenance_mutex_);
    stop_ = true;
  }
  maintenance_bell_.notify_all();
  if (maintenance_.joinable()) maintenance_.join();
  writer_.reset();  // commits what waits, before the others go
}

void Database::after_commit(int wal_frames) {
  // Half full, the log is copied into the database beside the writer; full, the writer itself copies the rest, so that it begins anew
  // and stays bounded. Where the disk runs low the log must not eat what is left of it.
  measure_disk();
  const std::size_t log_bytes = bytes_free_ < admission().min_bytes_free ? 0 : options_.log_bytes;
  const auto bound = static_cast<int>(std::max<std::size_t>(log_bytes, 1 << 20) / kFrame);
  copied_frames_ = std::min(copied_frames_, wal_frames);  // less: the log has begun anew
  if (wal_frames >= bound) {
    checkpoint();  // the rest of it, on the writer: the next group begins the log anew
    return;
  }
  // Not after every group: while the writer is busy no copy beside it is ever complete, and each would write the same pages again.
  if (wal_frames < bound / 2 || wal_frames - copied_frames_ < bound / 8) return;
  copied_frames_ = wal_frames;
  {
    const std::scoped_lock hold(maintenance_mutex_);
    if (wants_checkpoint_) return;
    wants_checkpoint_ = true;
  }
  maintenance_bell_.notify_one();
}

void Database::checkpoint() {
  const std::scoped_lock hold(checkpoint_mutex_);
  const int code = sqlite3_wal_checkpoint_v2(checkpointer_->handle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && code != SQLITE_BUSY) {
    copy_all_again(checkpointer_->handle());
    log_.warning("MSO-2004", "The write-ahead log could not be copied into the database; check the disk.",
                 {{"detail", sqlite3_errstr(code)}});
  }
}

void Database::maintain() {
  std::unique_lock hold(maintenance_mutex_);
  bool sorting = false;
  while (!stop_) {
    if (!sorting) maintenance_bell_.wait_for(hold, std::chrono::seconds{1}, [&] { return stop_ || wants_checkpoint_; });
    if (stop_) break;
    const bool copy = wants_checkpoint_;
    hold.unlock();
    if (copy) checkpoint();
    measure_disk();
    sorting = address_sorter_.step(*this).value_or(false);
    if (writer_->troubled()) {
      // Nobody may be writing just now: find out by ourselves when the disk is back.
      (void)write(Turn::work, 1, [](Tx& tx) -> Status {
        tx.db.run("INSERT INTO counter (name, value) VALUES ('probes', 1) ON CONFLICT DO UPDATE SET value = value + 1");
        return {};
      });
    }
    hold.lock();
    if (copy) wants_checkpoint_ = false;
  }
}

void Database::measure_disk() {
  struct statvfs disk {};
  const auto folder = options_.file.has_parent_path() ? options_.file.parent_path() : std::filesystem::path(".");
  if (::statvfs(folder.c_str(), &disk) == 0) bytes_free_ = std::uint64_t(disk.f_bavail) * disk.f_frsize;
}

StoreHealth Database::health() const {
  const WriterFigures figures = writer_->figures();
  StoreHealth out;
  out.writable = figures.writable;
  out.problem = figures.problem;
  out.bytes_free = bytes_free_;
  out.bytes_used = size_of(options_.file) + size_of(beside(options_.file, "-wal"));
  out.commit_p50_ms = figures.p50_ms;
  out.commit_p99_ms = figures.p99_ms;
  out.commits = figures.commits;
  out.writes = figures.writes;
  return out;
}

}  // namespace messo::sqlite
