// One suite for every engine: each test gets an empty store of the engine it is run for, and the few steps all stories are made of.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "store/engines.hpp"
#include "support/store_jobs.hpp"

namespace messo::testing {

using namespace std::chrono_literals;

enum class Engine : std::uint8_t { memory, sqlite, sqlite_sealed };
std::string engine_name(Engine engine);

// An open store of one engine with what it stands on; a folder of its own is removed at the end.
struct OpenStore {
  OpenStore(Engine engine, const Clock& clock, Admission admission = {});
  ~OpenStore();
  OpenStore(const OpenStore&) = delete;
  OpenStore& operator=(const OpenStore&) = delete;
  std::filesystem::path folder;
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<Store> store;
};

class StoreTest : public ::testing::TestWithParam<Engine> {
 protected:
  StoreTest() { open(); }
  void open(Admission admission = {}) {
    opened.reset();
    opened = std::make_unique<OpenStore>(GetParam(), clock, admission);
  }
  Store& store() { return *opened->store; }
  Instant now() const { return clock.now(); }

  // Each fails the test when the store does not do it.
  NewNotification accepted(NewNotification job);
  NewNotification accepted() { return accepted(email_job(who, now())); }
  LeasedDelivery leased(const NewNotification& job, bool handed_over = true);
  Recorded recorded(AttemptId attempt, Outcome outcome, Verdict verdict);
  NewNotification sent(NewNotification job, std::vector<Reference> references = {});
  NotificationView view(const NewNotification& job);
  DeliveryView delivery(const NewNotification& job);
  NotificationStatus status(const NewNotification& job) { return view(job).summary.status; }
  void expect_books_balance();

  ManualClock clock;
  Sending who;
  Worker worker{"node-1", BootId::make(from_unix_ms(1))};
  ProviderId provider = ProviderId::make(from_unix_ms(1));
  std::unique_ptr<OpenStore> opened;
};

inline Verdict verdict(Change change) {
  Verdict v;
  v.change = change;
  return v;
}
inline Verdict retry_at(Instant due_at, bool counts = true) { return {Change::retry, due_at, {}, counts}; }

#define MESSO_EACH_ENGINE(suite)                                                                                     \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, ::testing::Values(Engine::memory, Engine::sqlite, Engine::sqlite_sealed), \
                           [](const auto& chosen) { return engine_name(chosen.param); })

// Fails the test with the error's words when a Result has none.
template <class T>
T must(Result<T> result) {
  if (!result) ADD_FAILURE() << result.error().code << ": " << result.error().message << " " << result.error().detail;
  return result ? std::move(*result) : T{};
}
inline void must(const Status& status) {
  if (!status) ADD_FAILURE() << status.error().code << ": " << status.error().message << " " << status.error().detail;
}
template <class T>
std::string code_of(const Result<T>& result) {
  return result ? "(fine)" : result.error().code;
}

}  // namespace messo::testing
