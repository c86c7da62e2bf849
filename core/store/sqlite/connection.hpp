// One SQLite connection with its prepared statements. Not thread-safe: one thread at a time.
#pragma once
#include <sqlite3.h>

#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

#include "base/result.hpp"
#include "base/time.hpp"
#include "base/uuid.hpp"
#include "model/ids.hpp"

namespace messo::sqlite {

// Thrown inside this folder only; jobs and reads turn it into an Error at their border.
class SqliteError : public std::exception {
 public:
  SqliteError(int code, std::string message) : code_(code), message_(std::move(message)) {}
  const char* what() const noexcept override { return message_.c_str(); }
  int code() const { return code_ & 0xff; }
  // The disk's or the file's fault, not the statement's.
  bool is_storage() const;
  // unavailable for the disk, corrupt for a damaged file, internal for the rest.
  Error as_error() const;

 private:
  int code_;
  std::string message_;
};

// Bytes bound as BLOB (a plain string_view is bound as TEXT).
struct Bytes {
  std::string_view view;
};

// The same, NULL when there are none.
struct BytesIfAny {
  std::string_view view;
};

// What a statement reads where it lies: not copied when it is bound.
template <class T>
inline constexpr bool kBoundInPlace = std::is_same_v<T, std::string> || std::is_same_v<T, Uuid> || std::is_same_v<T, Sha256>;
template <class Tag>
inline constexpr bool kBoundInPlace<Id<Tag>> = true;
template <class T>
inline constexpr bool kBoundInPlace<std::optional<T>> = kBoundInPlace<T>;

// An argument (A as a forwarding reference deduces it) that is no temporary a statement would read after its end.
template <class A>
concept Lasting = std::is_lvalue_reference_v<A> || !kBoundInPlace<std::remove_cv_t<A>>;

// A prepared statement. Bound texts and blobs are not copied: they must live until the statement is reset. Temporaries are refused, but for
// what a string_view or Bytes shows.
class Statement {
 public:
  Statement(sqlite3* db, std::string_view sql);
  ~Statement() { sqlite3_finalize(handle_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  bool step();  // true: there is a row
  void reset() { sqlite3_reset(handle_); }

  void bind(int at, std::nullptr_t) { sqlite3_bind_null(handle_, at); }
  void bind(int at, double v) { sqlite3_bind_double(handle_, at, v); }
  void bind(int at, std::string_view v) {
    sqlite3_bind_text(handle_, at, v.data() ? v.data() : "", static_cast<int>(v.size()), SQLITE_STATIC);
  }
  void bind(int at, const std::string& v) { bind(at, std::string_view(v)); }
  void bind(int at, Bytes v) {
    sqlite3_bind_blob(handle_, at, v.view.data() ? v.view.data() : "", static_cast<int>(v.view.size()), SQLITE_STATIC);
  }
  void bind(int at, BytesIfAny v) {
    if (v.view.empty()) {
      bind(at, nullptr);
    } else {
      bind(at, Bytes{v.view});
    }
  }
  void bind(int at, const Uuid& v) { bind(at, Bytes{v.view()}); }
  template <class Tag>
  void bind(int at, const Id<Tag>& v) {
    bind(at, v.value);
  }
  void bind(int at, const Sha256& v) { bind(at, Bytes{as_text(v)}); }
  void bind(int at, Instant v) { sqlite3_bind_int64(handle_, at, to_unix_ms(v)); }
  template <class T>
    requires(std::is_integral_v<T> || std::is_enum_v<T>)
  void bind(int at, T v) {
    sqlite3_bind_int64(handle_, at, static_cast<std::int64_t>(v));
  }
  template <class T>
  void bind(int at, const std::optional<T>& v) {
    if (v) {
      bind(at, *v);
    } else {
      bind(at, nullptr);
    }
  }
  template <class T>
    requires(!Lasting<T>)
  void bind(int at, T&& v) = delete;
  template <Lasting... A>
  Statement& bind_all(A&&... values) {
    int at = 0;
    (bind(++at, values), ...);
    return *this;
  }

  bool null(int col) const { return sqlite3_column_type(handle_, col) == SQLITE_NULL; }
  std::int64_t number(int col) const { return sqlite3_column_int64(handle_, col); }
  std::optional<std::int64_t> maybe_number(int col) const { return null(col) ? std::nullopt : std::optional(number(col)); }
  double real(int col) const { return sqlite3_column_double(handle_, col); }
  template <class E>
  E as(int col) const {
    return static_cast<E>(sqlite3_column_int64(handle_, col));
  }
  Instant instant(int col) const { return from_unix_ms(number(col)); }
  std::optional<Instant> maybe_instant(int col) const { return null(col) ? std::nullopt : std::optional(instant(col)); }
  // Text or blob; valid until the next step or reset.
  std::string_view bytes(int col) const;
  std::string text(int col) const { return std::string(bytes(col)); }
  Uuid uuid(int col) const;
  template <class I>
  I id(int col) const {
    return I{uuid(col)};
  }
  template <class I>
  std::optional<I> maybe_id(int col) const {
    return null(col) ? std::nullopt : std::optional(I{uuid(col)});
  }
  Sha256 digest(int col) const;
  int columns() const { return sqlite3_column_count(handle_); }

 private:
  sqlite3_stmt* handle_ = nullptr;
};

// A statement being read: reset when it leaves the scope, so that no read transaction is left open.
class Cursor {
 public:
  explicit Cursor(Statement& statement) : statement_(&statement) {}
  ~Cursor() { statement_->reset(); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;
  bool next() { return statement_->step(); }
  const Statement* operator->() const { return statement_; }
  const Statement& row() const { return *statement_; }

 private:
  Statement* statement_;
};

// What the writer knows of tables that are nearly always empty, so that not every message asks them. True until seen empty, when a row is
// written, and after a rollback, which may have brought back rows.
struct RareRows {
  bool receipts_wait = true;  // receipt_ref
  bool checkpoints = true;    // attempt_checkpoint
};

class Connection {
 public:
  enum class Mode { writer, reader, checkpointer };
  // Throws SqliteError. `cache_bytes`: page cache of this connection.
  Connection(const std::filesystem::path& file, Mode mode, std::size_t cache_bytes);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Prepared once per connection and text; `sql` must have static storage (its address is the key).
  Statement& prepared(const char* sql);
  // For texts put together at run time.
  Statement& prepared_text(const std::string& sql);
  // Runs a statement that gives no rows.
  template <class... A>
  void run(const char* sql, const A&... values) {
    Cursor(prepared(sql).bind_all(values...)).next();
  }
  // Starts a query; the values must outlive the cursor.
  template <Lasting... A>
  Cursor query(const char* sql, A&&... values) {
    return Cursor(prepared(sql).bind_all(values...));
  }
  void script(const std::string& sql);  // several statements, no values
  std::int64_t pragma(const std::string& sql);
  int changes() const { return sqlite3_changes(db_); }
  bool in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }
  sqlite3* handle() const { return db_; }
  RareRows& rare() { return rare_; }
  // Whether such a table may hold rows; `look`, which finds one of them, is asked only where that is not known.
  bool any(bool RareRows::*table, const char* look) {
    bool& maybe = rare_.*table;
    if (maybe) maybe = query(look).next();
    return maybe;
  }

 private:
  sqlite3* db_ = nullptr;
  RareRows rare_;
  std::unordered_map<const void*, std::unique_ptr<Statement>> statements_;
  std::unordered_map<std::string, std::unique_ptr<Statement>> texts_;
};

}  // namespace messo::sqlite
