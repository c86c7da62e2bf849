#include "conformance/store/store_fixture.hpp"

#include <cstdlib>

namespace messo::testing {

std::string engine_name(Engine engine) {
  switch (engine) {
    case Engine::memory: return "memory";
    case Engine::sqlite: return "sqlite";
    case Engine::sqlite_sealed: return "sqlite_sealed";
  }
  return "?";
}

OpenStore::OpenStore(Engine engine, const Clock& clock, Admission admission) {
  if (engine == Engine::memory) {
    store = make_memory_store(clock, admission);
    return;
  }
  std::string name = (std::filesystem::temp_directory_path() / "messo-store-XXXXXX").string();
  folder = mkdtemp(name.data());
  SqliteOptions options;
  options.file = folder / "messo.db";
  options.master_key = Secret(std::string(32, 'k'));
  options.admission = admission;
  options.admission.min_bytes_free = 0;
  options.seal_content = engine == Engine::sqlite_sealed;
  auto made = open_sqlite_store(options, clock, *log);
  if (!made) throw std::runtime_error(made.error().code + ": " + made.error().detail);
  store = std::move(*made);
}

OpenStore::~OpenStore() {
  store.reset();
  if (!folder.empty()) std::filesystem::remove_all(folder);
}

NewNotification StoreTest::accepted(NewNotification job) {
  const Accepted answer = must(store().intake().accept(job));
  EXPECT_EQ(answer.id, job.id);
  EXPECT_FALSE(answer.duplicate);
  return job;
}

LeasedDelivery StoreTest::leased(const NewNotification& job, bool handed_over) {
  const LeaseOrder order{job.delivery.id, AttemptId::make(now()), provider, handed_over};
  const auto got = must(store().work().lease(worker, std::span(&order, 1), {}, now()));
  EXPECT_EQ(got.size(), 1U);
  return got.empty() ? LeasedDelivery{} : got.front();
}

Recorded StoreTest::recorded(AttemptId attempt, Outcome outcome, Verdict verdict) {
  const OutcomeRecord record{attempt, std::move(outcome), verdict, std::string(32, 'h'), now()};
  const auto got = must(store().work().record(std::span(&record, 1)));
  EXPECT_EQ(got.size(), 1U);
  return got.empty() ? Recorded::unknown : got.front();
}

NewNotification StoreTest::sent(NewNotification job, std::vector<Reference> references) {
  accepted(job);
  Outcome outcome = sent_outcome();
  outcome.references = std::move(references);
  EXPECT_EQ(recorded(leased(job).attempt, outcome, verdict(Change::sent_final)), Recorded::applied);
  return job;
}

NotificationView StoreTest::view(const NewNotification& job) { return must(store().ledger().find({}, job.id)); }

DeliveryView StoreTest::delivery(const NewNotification& job) {
  for (const StepView& step : view(job).steps) {
    for (const DeliveryView& d : step.deliveries) {
      if (d.id == job.delivery.id) return d;
    }
  }
  ADD_FAILURE() << "no such delivery";
  return {};
}

void StoreTest::expect_books_balance() {
  const auto books = must(store().ledger().books());
  std::uint64_t closed = 0;
  for (const auto& [result, count] : books.closed) closed += count;
  EXPECT_EQ(books.accepted, books.open + closed);
  std::uint64_t open = 0;
  for (const Depth& d : must(store().ledger().depths(now()))) open += d.waiting + d.in_hand + d.awaiting_receipt + d.in_doubt;
  EXPECT_EQ(open, books.open);
}

}  // namespace messo::testing
