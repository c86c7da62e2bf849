// The power fails at any operation of the disk, while jobs with attachments are accepted and sent: what was acknowledged is there after the
// start, no row names a missing attachment, the books balance. MESSO_KILLS of 100 and more: 100 cuts instead of 20.
#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "chaos/power_cut/power_disk.hpp"
#include "support/long_check.hpp"
#include "support/wait_until.hpp"
#include "unit/store/sqlite_fixture.hpp"

namespace messo::testing {
namespace {

// What callers were told, and so may rely on.
struct Told {
  std::set<NotificationId> accepted, sent;
  void add(const Told& more) {
    accepted.insert(more.accepted.begin(), more.accepted.end());
    sent.insert(more.sent.begin(), more.sent.end());
  }
};

class PowerCutTest : public SqliteStoreTest {
 protected:
  PowerCutTest() {
    test::install_power_vfs();
    options.log_bytes = 1 << 20;  // so that the log is copied into the database and begun anew in every round
    disk.mount(folder, seed);
    random.seed(seed);
  }
  ~PowerCutTest() override {
    store.reset();
    disk.unmount();
  }

  unsigned between(unsigned from, unsigned to) { return std::uniform_int_distribution<unsigned>(from, to)(random); }

  // Few operations as often as many: the first start, a recovery, a checkpoint are short.
  std::uint64_t some_operations() { return between(1, 1U << between(3, 11)); }

  // Accepts until `end`, every third job with an attachment of its own; an error ends it too when `until_error`.
  Told accept_some(unsigned thread, const std::atomic<bool>& end, bool until_error) {
    Told told;
    for (unsigned i = 0; !end; ++i) {
      auto job = email_job(who, clock.now());
      if (i % 3 == 0) {
        const std::string bytes = job.id.to_string() + std::string(700 * (i % 7) + thread, 'a');
        const auto blob = store->blobs().put(who.organisation, bytes);
        if (!blob && until_error) break;
        if (!blob) continue;
        job.attachments = {{"modulo.pdf", "application/pdf", bytes.size(), *blob}};
      }
      if (store->intake().accept(job)) {
        told.accepted.insert(job.id);
      } else if (until_error) {
        break;
      }
    }
    return told;
  }

  Told send_some(const std::atomic<bool>& end, bool until_error) {
    Told told;
    while (!end) {
      const auto lanes = store->work().lanes("email", clock.now());
      if (!lanes && until_error) break;
      if (!lanes || lanes->empty()) continue;
      const auto due = store->work().due(lanes->front().lane, clock.now(), 8);
      std::vector<LeaseOrder> orders;
      for (const DueDelivery& d : due.value_or(std::vector<DueDelivery>{}))
        orders.push_back({d.delivery, AttemptId::make(clock.now()), provider, true});
      const auto leases = store->work().lease(worker, orders, {}, clock.now());
      if (!leases && until_error) break;
      if (!leases) continue;
      std::vector<OutcomeRecord> records;
      for (const LeasedDelivery& lease : *leases) {
        records.push_back({lease.attempt, sent_outcome(), {}, "", clock.now()});
        records.back().verdict.change = Change::sent_final;
      }
      if (store->work().record(records)) {
        for (const LeasedDelivery& lease : *leases) told.sent.insert(lease.notification);
      } else if (until_error) {
        break;
      }
    }
    return told;
  }

  // Three accept and one sends until the disk says no, or until `end`.
  void work(const std::atomic<bool>& end, bool until_error) {
    std::array<Told, 4> told;
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 3; ++t) threads.emplace_back([&, t] { told[t] = accept_some(t, end, until_error); });
    // With nothing left to send the sender never meets the disk's error.
    std::atomic<bool> all_accepted = false;
    std::thread sender([&] { told[3] = send_some(all_accepted, until_error); });
    for (auto& thread : threads) thread.join();
    all_accepted = true;
    sender.join();
    for (const Told& one : told) all.add(one);
  }

  void lights_go_out() {
    store.reset();
    disk.power_on();
    std::error_code ignored;
    std::filesystem::remove(options.file.string() + "-shm", ignored);
  }

  // A start after the cut; the power may fail during it as well.
  ::testing::AssertionResult comes_up() {
    worker.boot = BootId::make(clock.now());
    if (const std::string error = open(); !error.empty()) return ::testing::AssertionFailure() << "at opening: " << error;
    const auto recovered = store->work().recover(
        worker, [](ProviderId) { return OnDoubt::resend; }, clock.now());
    if (!recovered) return ::testing::AssertionFailure() << "at recovering: " << recovered.error().code << " " << recovered.error().detail;
    return ::testing::AssertionSuccess();
  }

  std::size_t missing() const {
    return static_cast<std::size_t>(std::ranges::count_if(all.accepted, [&](const auto& id) { return !store->ledger().find({}, id); }));
  }

  void expect_all_is_there() {
    EXPECT_EQ(sql("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(missing(), 0U) << "of " << all.accepted.size() << " accepted";
    for (const NotificationId& id : all.sent) {
      const auto view = store->ledger().find({}, id);
      ASSERT_TRUE(view && view->summary.status == NotificationStatus::sent) << id.to_string() << " would be sent again";
    }
    const auto books = *store->ledger().books();
    EXPECT_GE(books.accepted, all.accepted.size());
    EXPECT_EQ(sql("SELECT count(*) FROM notification"), std::to_string(books.accepted));
    EXPECT_EQ(sql("SELECT count(*) FROM delivery WHERE phase <> 6"), std::to_string(books.open));
    EXPECT_EQ(sql("SELECT count(*) FROM attempt WHERE ended_at IS NULL"), "0");
    expect_books_balance();
    expect_blobs_are_there();
  }

  void expect_blobs_are_there() {
    const std::string named = sql("SELECT lower(hex(digest)) FROM blob ORDER BY digest");
    for (std::size_t at = 0; at + 64 <= named.size(); at += 64) {
      BlobId id;
      const auto raw = from_hex(named.substr(at, 64));
      std::copy(raw->begin(), raw->end(), id.digest.begin());
      const auto bytes = store->blobs().read(who.organisation, id, 0, 1 << 20);
      ASSERT_TRUE(bytes) << named.substr(at, 64) << " " << bytes.error().code;
      ++blobs_seen;
    }
  }

  test::PowerDisk& disk = test::PowerDisk::instance();
  const unsigned seed = test::seed_of_this_run();
  std::mt19937 random;
  Told all;
  std::size_t blobs_seen = 0;
  const std::atomic<bool> never = false;
};

TEST_F(PowerCutTest, what_was_acknowledged_survives_every_cut_attachments_included) {
  SCOPED_TRACE("MESSO_SEED=" + std::to_string(seed));
  const unsigned cuts = test::long_check() ? 100 : 20;
  std::size_t during_starts = 0;
  while (disk.figures().cuts < cuts) {
    SCOPED_TRACE("cut " + std::to_string(disk.figures().cuts + 1));
    disk.cut_after(some_operations());
    if (comes_up()) {
      work(never, true);
    } else {
      ++during_starts;
    }
    ASSERT_TRUE(disk.is_cut()) << "an error without a cut: " << (store ? store->health().problem : "at the start: " + open());
    lights_go_out();
    if (between(0, 2) == 0) continue;  // the power fails again before anybody looks
    ASSERT_TRUE(comes_up());
    expect_all_is_there();
    if (HasFailure()) break;
  }
  ASSERT_TRUE(comes_up());
  expect_all_is_there();
  const auto figures = disk.figures();
  std::printf(
      "%llu cuts (%zu during a start), %zu accepted, %zu sent, %zu attachments looked at; %llu sectors dropped, %llu torn, %llu names "
      "undone\n",
      static_cast<unsigned long long>(figures.cuts), during_starts, all.accepted.size(), all.sent.size(), blobs_seen,
      static_cast<unsigned long long>(figures.sectors_dropped), static_cast<unsigned long long>(figures.sectors_torn),
      static_cast<unsigned long long>(figures.names_undone));
  EXPECT_GT(all.accepted.size(), cuts / 4) << "the load was too thin to mean anything";
  EXPECT_GT(blobs_seen, 0U);
  EXPECT_GT(figures.sectors_dropped, 0U);
}

// The counter-test: on a disk that acknowledges syncs without doing them, the same checks find what is lost.
TEST_F(PowerCutTest, a_disk_that_lies_about_syncs_is_found_out) {
  SCOPED_TRACE("MESSO_SEED=" + std::to_string(seed));
  ASSERT_TRUE(comes_up());
  disk.ignore_syncs(true);
  bool noticed = false;
  for (int round = 0; round < 20 && !noticed; ++round) {
    disk.cut_after(400);
    work(never, true);
    lights_go_out();
    noticed = !comes_up() || missing() > 0 || sql("PRAGMA integrity_check") != "ok";
  }
  EXPECT_TRUE(noticed);
}

TEST_F(PowerCutTest, io_errors_refuse_jobs_lose_none_and_end_by_themselves) {
  SCOPED_TRACE("MESSO_SEED=" + std::to_string(seed));
  ASSERT_TRUE(comes_up());
  for (const unsigned chance : {1000U, 300U, 30U}) {
    disk.fail_per_mille(chance);
    std::atomic<bool> end = false;
    std::thread worker_threads([&] { work(end, false); });
    const auto before = disk.figures().failures;
    while (disk.figures().failures < before + 50) std::this_thread::yield();
    disk.fail_per_mille(0);
    end = true;
    worker_threads.join();
    // Nobody has to restart anything. The writer may still have to be told of a sync that failed for the checkpoint's sake.
    const auto job = email_job(who, clock.now());
    EXPECT_TRUE(test::wait_until([&] { return store->intake().accept(job).has_value(); }));
    all.accepted.insert(job.id);
    EXPECT_TRUE(store->health().writable) << store->health().problem;
    EXPECT_EQ(missing(), 0U);
    expect_books_balance();
  }
  disk.cut_after(between(0, 50));
  work(never, true);
  lights_go_out();
  ASSERT_TRUE(comes_up());
  expect_all_is_there();
}

}  // namespace
}  // namespace messo::testing
