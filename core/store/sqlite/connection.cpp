#include "store/sqlite/connection.hpp"

#include <cstring>
#include <mutex>

namespace messo::sqlite {
namespace {

[[noreturn]] void raise(sqlite3* db, int code) { throw SqliteError(code, db ? sqlite3_errmsg(db) : sqlite3_errstr(code)); }

// Every allocation would take a process-wide lock for figures nobody reads.
void configure_once() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

constexpr std::size_t kMaxTexts = 64;

}  // namespace

bool SqliteError::is_storage() const {
  switch (code()) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return true;
    default: return false;
  }
}

Error SqliteError::as_error() const {
  switch (code()) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {ErrorKind::corrupt, "store_corrupt", "The store's file is damaged; restore it from a backup.", message_, {}, {}};
    case SQLITE_FULL:
      return {ErrorKind::unavailable, "disk_full", "The disk of the store is full; free some space.", message_, {}, Seconds{30}};
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
      return {ErrorKind::unavailable, "store_unavailable", "The store cannot be read or written at the moment.", message_, {}, Seconds{30}};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {ErrorKind::unavailable, "store_busy", "The store is held by another program; stop it.", message_, {}, Seconds{5}};
    default: return {ErrorKind::internal, "store_defect", "Something went wrong inside the store.", message_, {}, {}};
  }
}

Statement::Statement(sqlite3* db, std::string_view sql) {
  const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) raise(db, code);
}

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw SqliteError(code, sqlite3_errmsg(sqlite3_db_handle(handle_)));
}

std::string_view Statement::bytes(int col) const {
  const void* data = sqlite3_column_blob(handle_, col);
  return {static_cast<const char*>(data), data ? static_cast<std::size_t>(sqlite3_column_bytes(handle_, col)) : 0};
}

Uuid Statement::uuid(int col) const {
  const std::string_view raw = bytes(col);
  Uuid out;
  if (raw.size() == out.bytes.size()) std::memcpy(out.bytes.data(), raw.data(), raw.size());
  return out;
}

Sha256 Statement::digest(int col) const {
  const std::string_view raw = bytes(col);
  Sha256 out{};
  if (raw.size() == out.size()) std::memcpy(out.data(), raw.data(), raw.size());
  return out;
}

Connection::Connection(const std::filesystem::path& file, Mode mode, std::size_t cache_bytes) {
  configure_once();
  const int access = mode == Mode::reader ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | (mode == Mode::writer ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(file.c_str(), &db_, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nullptr);
  if (code != SQLITE_OK) {
    const std::string why = db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(code);
    sqlite3_close_v2(db_);
    throw SqliteError(code, why);
  }
  try {
    // Nobody but us writes, so a lock is only ever held for moments: while the log is recovered or begun anew.
    sqlite3_busy_timeout(db_, 10'000);
    if (mode == Mode::writer) {
      sqlite3_rollback_hook(
          db_, [](void* rare) { *static_cast<RareRows*>(rare) = {}; }, &rare_);
      script("PRAGMA auto_vacuum = INCREMENTAL");  // before the first page is written, or it is ignored
      script("PRAGMA journal_mode = WAL");
      script("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_spill = OFF");
    }
    script("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -" +
           std::to_string(cache_bytes / 1024));
  } catch (...) {
    sqlite3_close_v2(db_);
    throw;
  }
}

Connection::~Connection() {
  statements_.clear();
  texts_.clear();
  sqlite3_close_v2(db_);
}

Statement& Connection::prepared(const char* sql) {
  auto& slot = statements_[sql];
  if (!slot) slot = std::make_unique<Statement>(db_, sql);
  return *slot;
}

Statement& Connection::prepared_text(const std::string& sql) {
  if (texts_.size() > kMaxTexts) texts_.clear();
  auto& slot = texts_[sql];
  if (!slot) slot = std::make_unique<Statement>(db_, sql);
  return *slot;
}

void Connection::script(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) raise(db_, code);
}

std::int64_t Connection::pragma(const std::string& sql) {
  Statement statement(db_, sql);
  return statement.step() ? statement.number(0) : 0;
}

}  // namespace messo::sqlite
