// A small bounded pool of read-only connections. Thread-safe; a caller waits when all are in use.
#pragma once
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <vector>

#include "store/sqlite/connection.hpp"

namespace messo::sqlite {

class Readers {
 public:
  Readers(std::filesystem::path file, std::size_t most, std::size_t cache_bytes)
      : file_(std::move(file)), most_(most), cache_bytes_(cache_bytes) {}

  // Runs `use(Connection&)` inside one read transaction, so that all of its queries see one moment.
  template <class F>
  auto with(F&& use) -> decltype(use(std::declval<Connection&>())) {
    try {
      const Borrowed borrowed(*this);
      Connection& db = *borrowed.connection;
      db.run("BEGIN");
      struct End {
        Connection& db;
        ~End() {
          try {
            db.run("COMMIT");
          } catch (const SqliteError&) {  // a failed read has ended it already
          }
        }
      } const end{db};
      return use(db);
    } catch (const SqliteError& e) {
      return fail(e.as_error());
    }
  }

 private:
  struct Borrowed {
    explicit Borrowed(Readers& owner) : readers(owner), connection(owner.borrow()) {}
    ~Borrowed() { readers.give_back(std::move(connection)); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    Readers& readers;
    std::unique_ptr<Connection> connection;
  };
  std::unique_ptr<Connection> borrow();
  void give_back(std::unique_ptr<Connection> connection);

  std::filesystem::path file_;
  std::size_t most_;
  std::size_t cache_bytes_;
  std::mutex mutex_;
  std::condition_variable bell_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t made_ = 0;
};

}  // namespace messo::sqlite
