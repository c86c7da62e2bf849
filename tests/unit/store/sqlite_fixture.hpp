// A SQLite store in a folder of its own that can be closed and opened again.
#pragma once
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "store/engines.hpp"
#include "support/store_jobs.hpp"

namespace messo::testing {

using namespace std::chrono_literals;

class SqliteStoreTest : public ::testing::Test {
 protected:
  SqliteStoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "messo-store-XXXXXX").string();
    folder = mkdtemp(name.data());
    options.file = folder / "data" / "messo.db";
    options.master_key = Secret(std::string(32, 'k'));
    options.admission.min_bytes_free = 0;
  }
  ~SqliteStoreTest() override {
    store.reset();
    std::filesystem::remove_all(folder);
  }

  // The code of the error, "" when it is open.
  std::string open() {
    store.reset();
    auto made = open_sqlite_store(options, clock, *log);
    if (!made) return made.error().code;
    store = std::move(*made);
    return "";
  }
  NewNotification accepted(NewNotification job) {
    const auto answer = store->intake().accept(job);
    EXPECT_TRUE(answer) << answer.error().code << " " << answer.error().detail;
    return job;
  }
  NewNotification accepted() { return accepted(email_job(who, clock.now())); }
  // Sends one with the provider, all the way.
  void send(const NewNotification& job) {
    const LeaseOrder order{job.delivery.id, AttemptId::make(clock.now()), provider, true};
    const auto leases = store->work().lease(worker, std::span(&order, 1), {}, clock.now());
    ASSERT_TRUE(leases && leases->size() == 1);
    OutcomeRecord record{order.attempt, sent_outcome(), {}, "", clock.now()};
    record.verdict.change = Change::sent_final;
    ASSERT_TRUE(store->work().record(std::span(&record, 1)));
  }
  // Runs SQL beside the store, as another program would.
  std::string sql(const std::string& text) const {
    sqlite3* db = nullptr;
    sqlite3_open(options.file.c_str(), &db);
    std::string out;
    sqlite3_exec(
        db, text.c_str(),
        [](void* to, int columns, char** values, char**) {
          for (int i = 0; i < columns; ++i) *static_cast<std::string*>(to) += values[i] ? values[i] : "NULL";
          return 0;
        },
        &out, nullptr);
    sqlite3_close(db);
    return out;
  }
  // Whether the bytes stand anywhere in the files of the store.
  bool on_disk(std::string_view bytes) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string all{std::istreambuf_iterator<char>(in), {}};
      if (all.find(bytes) != std::string::npos) return true;
    }
    return false;
  }
  void expect_books_balance() {
    const auto books = store->ledger().books();
    ASSERT_TRUE(books);
    std::uint64_t closed = 0;
    for (const auto& [result, count] : books->closed) closed += count;
    EXPECT_EQ(books->accepted, books->open + closed);
  }

  std::filesystem::path folder;
  SqliteOptions options;
  ManualClock clock;
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<Store> store;
  Sending who;
  Worker worker{"node-1", BootId::make(from_unix_ms(1))};
  ProviderId provider = ProviderId::make(from_unix_ms(1));
};

}  // namespace messo::testing
