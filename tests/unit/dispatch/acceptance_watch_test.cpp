#include "dispatch/acceptance_watch.hpp"

#include <gtest/gtest.h>

#include "store/engines.hpp"
#include "support/store_jobs.hpp"

namespace messo::testing {
namespace {

using namespace std::chrono_literals;

class LinesLog final : public Log {
 public:
  bool enabled(LogLevel) const override { return true; }
  void write(LogLevel, std::string_view id, std::string_view, std::initializer_list<LogField>) override { ids.emplace_back(id); }
  std::vector<std::string> ids;
};

class AcceptanceWatchTest : public ::testing::Test {
 protected:
  // Certified mail, handed over and kept.
  AttemptId handed_over() {
    auto job = email_job({}, clock.now());
    job.steps[0].spec.channel = job.delivery.channel = Channel::pec;
    EXPECT_TRUE(store->intake().accept(job));
    const LeaseOrder order{job.delivery.id, AttemptId::make(clock.now()), provider, true};
    EXPECT_TRUE(store->work().lease({"node-1", BootId::make(clock.now())}, std::span(&order, 1), {}, clock.now()));
    const Reference reference{"message-id", order.attempt.to_string(), 0};
    EXPECT_TRUE(store->evidence().keep(order.attempt, *store->blobs().put(job.organisation, "bytes"), 5, {&reference, 1}, clock.now()));
    return order.attempt;
  }
  void accept(AttemptId attempt) {
    Receipt receipt;
    receipt.dedupe_key = attempt.to_string();
    receipt.references = {{"message-id", attempt.to_string(), 0}};
    receipt.milestone = Milestone::accepted;
    receipt.verification = Verification::valid;
    EXPECT_TRUE(store->receipts().record(provider, {&receipt, 1}, nullptr, {}, clock.now()));
  }

  ManualClock clock;
  LinesLog log;
  DispatchMetrics metrics;
  ProviderId provider = ProviderId::make(from_unix_ms(1));
  std::unique_ptr<Store> store = make_memory_store(clock);
};

TEST_F(AcceptanceWatchTest, says_once_that_it_is_late_and_once_that_it_is_over) {
  AcceptanceWatch watch(30min, *store, metrics, clock, log);
  const Instant began = clock.now();
  const auto first = handed_over();
  clock.advance(30min);
  EXPECT_TRUE(watch.look());
  EXPECT_EQ(metrics.late_acceptances.copy().count, 0U) << "exactly its time";
  clock.advance(1s);
  const auto second = handed_over();
  EXPECT_TRUE(watch.look());
  EXPECT_TRUE(watch.look());
  EXPECT_EQ(metrics.late_acceptances.copy().count, 1U);
  EXPECT_EQ(metrics.late_acceptances.copy().oldest, began);
  clock.advance(1h);
  EXPECT_TRUE(watch.look());
  EXPECT_EQ(metrics.late_acceptances.copy().count, 2U);
  EXPECT_EQ(log.ids, std::vector<std::string>{"MSO-3031"});
  accept(first);
  EXPECT_TRUE(watch.look());
  EXPECT_EQ(metrics.late_acceptances.copy().count, 1U);
  accept(second);
  EXPECT_TRUE(watch.look());
  EXPECT_EQ(metrics.late_acceptances.copy().count, 0U);
  EXPECT_EQ(log.ids, (std::vector<std::string>{"MSO-3031", "MSO-3032"}));
}

TEST_F(AcceptanceWatchTest, looks_as_often_as_its_patience_is_worth) {
  EXPECT_EQ(AcceptanceWatch(30min, *store, metrics, clock, log).every(), 60s);
  EXPECT_EQ(AcceptanceWatch(1s, *store, metrics, clock, log).every(), 500ms);
  EXPECT_EQ(AcceptanceWatch(24h, *store, metrics, clock, log).every(), 60s);
}

}  // namespace
}  // namespace messo::testing
