// kill -9 at any moment: what was acknowledged is there, and every job is accounted for. MESSO_CRASHES asks for more than the default
// rounds.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>
#include <set>
#include <thread>

#include "unit/store/sqlite_fixture.hpp"

namespace messo::testing {
namespace {

class CrashTest : public SqliteStoreTest {
 protected:
  // The child: accepts on four threads and sends on a fifth until it is killed; writes each acknowledged id to the pipe.
  [[noreturn]] void work_until_killed(int pipe) {
    worker.boot = BootId::make(SystemClock().now());
    if (!open().empty()) _exit(2);
    if (!store->work().recover(
            worker, [](ProviderId) { return OnDoubt::resend; }, clock.now()))
      _exit(3);
    for (int t = 0; t < 4; ++t) {
      std::thread([this, pipe] {
        for (;;) {
          const auto job = email_job(who, clock.now());
          if (!store->intake().accept(job)) _exit(4);
          if (write(pipe, job.id.value.bytes.data(), 16) != 16) _exit(5);
        }
      }).detach();
    }
    for (;;) send_some(true);
  }

  void send_some(bool some_again) {
    const auto lanes = store->work().lanes("email", clock.now());
    if (!lanes) _exit(7);
    for (const LaneHead& head : *lanes) {
      std::vector<LeaseOrder> orders;
      const auto due = store->work().due(head.lane, clock.now(), 20);
      if (!due) _exit(8);
      for (const DueDelivery& d : *due) {
        orders.push_back({d.delivery, AttemptId::make(clock.now()), provider, orders.size() % 2 == 0});
      }
      std::vector<OutcomeRecord> records;
      const auto leases = store->work().lease(worker, orders, {}, clock.now());
      if (!leases) _exit(9);
      for (const LeasedDelivery& l : *leases) {
        OutcomeRecord r{l.attempt, sent_outcome(), {}, "", clock.now()};
        r.verdict.change = some_again && records.size() % 5 == 0 ? Change::retry : Change::sent_final;
        r.verdict.due_at = clock.now();
        records.push_back(r);
      }
      if (!store->work().record(records)) _exit(6);
    }
  }
};

TEST_F(CrashTest, what_was_acknowledged_survives_and_the_books_balance) {
  const char* asked = std::getenv("MESSO_CRASHES");
  const int rounds = asked ? std::atoi(asked) : 10;
  std::mt19937 random(7);
  std::set<NotificationId> acknowledged;
  for (int round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = fork();
    if (child == 0) {
      ::close(ends[0]);
      work_until_killed(ends[1]);
    }
    ::close(ends[1]);
    // Killed after a random number of acknowledgements rather than a time, so that slow machines crash in the middle too.
    const std::size_t until = acknowledged.size() + std::uniform_int_distribution<std::size_t>(1, 150)(random);
    std::array<std::uint8_t, 16> id{};
    const auto next = [&] {
      if (::read(ends[0], id.data(), id.size()) != ssize_t(id.size())) return false;
      acknowledged.insert(NotificationId{Uuid{id}});
      return true;
    };
    while (acknowledged.size() < until && next()) {
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child gave up: " << WEXITSTATUS(status);
    while (next()) {
    }
    ::close(ends[0]);
  }

  ASSERT_EQ(open(), "");
  worker.boot = BootId::make(SystemClock().now());
  ASSERT_TRUE(store->work().recover(
      worker, [](ProviderId) { return OnDoubt::resend; }, clock.now()));
  for (const NotificationId& id : acknowledged) EXPECT_TRUE(store->ledger().find({}, id)) << id.to_string();
  const auto books = *store->ledger().books();
  EXPECT_GE(books.accepted, acknowledged.size());
  EXPECT_EQ(sql("SELECT count(*) FROM notification"), std::to_string(books.accepted));
  EXPECT_EQ(sql("SELECT count(*) FROM delivery WHERE phase <> 6"), std::to_string(books.open));
  EXPECT_EQ(sql("SELECT count(*) FROM attempt WHERE ended_at IS NULL"), "0");
  EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
  while (!store->work().lanes("email", clock.now())->empty()) send_some(false);
  const auto end = *store->ledger().books();
  EXPECT_EQ(end.accepted, books.accepted);
  std::uint64_t in_doubt = 0;  // leased three times into a crash: held as poisonous
  const auto depths = store->ledger().depths(clock.now());
  for (const Depth& d : *depths) in_doubt += d.in_doubt;
  EXPECT_EQ(end.open, in_doubt);
  expect_books_balance();
}

}  // namespace
}  // namespace messo::testing
