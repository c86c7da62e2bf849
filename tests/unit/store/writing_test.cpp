// The one writer: groups, shares, bounds, and what it does when the disk fails.
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "support/wait_until.hpp"
#include "unit/store/sqlite_fixture.hpp"

namespace messo::testing {
namespace {

using WritingTest = SqliteStoreTest;

TEST_F(WritingTest, calls_that_wait_together_are_committed_together) {
  ASSERT_EQ(open(), "");
  const auto before = store->health();
  std::vector<std::thread> posts;
  for (int t = 0; t < 16; ++t) {
    posts.emplace_back([&] {
      for (int i = 0; i < 20; ++i) accepted();
    });
  }
  for (auto& post : posts) post.join();
  const auto after = store->health();
  EXPECT_EQ(after.writes - before.writes, 320U);
  EXPECT_LT(after.commits - before.commits, 320U);
  EXPECT_GT(after.commit_p99_ms, 0.0);
  EXPECT_GE(after.commit_p99_ms, after.commit_p50_ms);
  EXPECT_GT(after.bytes_used, 0U);
}

TEST_F(WritingTest, a_flood_of_posts_starves_neither_delivery_nor_itself) {
  ASSERT_EQ(open(), "");
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 60; ++i) jobs.push_back(accepted());
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> posted = 0;
  std::vector<std::thread> posts;
  for (int t = 0; t < 8; ++t) {
    posts.emplace_back([&] {
      while (!stop) {
        std::vector<NewNotification> many(64, email_job(who, clock.now()));
        for (auto& n : many) n = email_job(who, clock.now());
        for (const auto& answer : store->intake().accept_many(many)) posted += answer ? 1U : 0U;
      }
    });
  }
  for (const auto& job : jobs) send(job);
  EXPECT_TRUE(test::wait_until([&] { return posted > 1000; }));
  stop = true;
  for (auto& post : posts) post.join();
  EXPECT_EQ(store->ledger().books()->accepted, 60 + posted);
  expect_books_balance();
}

TEST_F(WritingTest, one_calls_defect_is_not_the_others) {
  ASSERT_EQ(open(), "");
  const auto first = accepted();
  std::atomic<int> stored = 0, refused = 0;
  std::vector<std::thread> posts;
  for (int t = 0; t < 16; ++t) {
    posts.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        NewNotification job = email_job(who, clock.now());
        if (t % 4 == 0) job.delivery.id = first.delivery.id;  // breaks a constraint halfway through
        ++(store->intake().accept(job) ? stored : refused);
      }
    });
  }
  for (auto& post : posts) post.join();
  EXPECT_EQ(stored, 120);
  EXPECT_EQ(refused, 40);
  EXPECT_EQ(store->ledger().books()->accepted, 121U);
  EXPECT_TRUE(store->health().writable);
  expect_books_balance();
}

TEST_F(WritingTest, the_log_stays_bounded) {
  options.log_bytes = 1 << 20;
  ASSERT_EQ(open(), "");
  std::uintmax_t most = 0;
  for (int round = 0; round < 60; ++round) {
    std::vector<NewNotification> jobs;
    for (int i = 0; i < 50; ++i) {
      jobs.push_back(email_job(who, clock.now()));
      jobs.back().data_json = std::string(2000, 'x');
    }
    for (const auto& answer : store->intake().accept_many(jobs)) ASSERT_TRUE(answer);
    most = std::max(most, std::filesystem::file_size(options.file.string() + "-wal"));
  }
  EXPECT_GT(std::filesystem::file_size(options.file), 6U << 20);
  EXPECT_LT(most, 4U << 20);
}

TEST_F(WritingTest, too_many_waiting_bytes_are_refused_at_once) {
  options.admission.max_waiting_bytes = 100'000;
  ASSERT_EQ(open(), "");
  NewNotification big = email_job(who, clock.now());
  big.data_json = std::string(200'000, 'x');
  const auto answer = store->intake().accept(big);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "intake_full");
  EXPECT_EQ(answer.error().kind, ErrorKind::overloaded);
  accepted();
}

TEST_F(WritingTest, too_little_space_stops_intake_and_not_delivery) {
  ASSERT_EQ(open(), "");
  const auto job = accepted();
  options.admission.min_bytes_free = ~0ULL;
  ASSERT_EQ(open(), "");
  const auto answer = store->intake().accept(email_job(who, clock.now()));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "disk_full");
  EXPECT_EQ(store->intake().accept_many(std::vector{email_job(who, clock.now())}).at(0).error().code, "disk_full");
  send(job);
}

TEST_F(WritingTest, limits_of_memory_and_disk_change_while_the_store_is_open) {
  ASSERT_EQ(open(), "");
  NewNotification big = email_job(who, clock.now());
  big.data_json = std::string(200'000, 'x');
  store->set_admission({.max_open = 10, .min_bytes_free = 0, .max_waiting_bytes = 100'000});
  EXPECT_EQ(store->intake().accept(big).error().code, "intake_full");
  store->set_admission({.max_open = 10, .min_bytes_free = ~0ULL});
  EXPECT_EQ(store->intake().admits(who.service).error().code, "disk_full");
  EXPECT_EQ(store->intake().accept(big).error().code, "disk_full");
  store->set_admission({.max_open = 10, .min_bytes_free = 0});
  accepted(big);
}

TEST_F(WritingTest, a_services_own_limit_holds_after_a_restart) {
  ASSERT_EQ(open(), "");
  DirectoryChange change;
  change.organisations = {{who.organisation, {}, "comune", "Comune", 1, {}, false}};
  change.services = {{who.service, who.organisation, "sportello", "Sportello", 1, {}, {0, 2}, false}};
  ASSERT_TRUE(store->directory().apply(change, 0, clock.now()));
  const auto first = accepted();
  accepted();
  ASSERT_EQ(open(), "");
  EXPECT_EQ(store->intake().admits(who.service).error().code, "service_queue_full");
  EXPECT_EQ(store->intake().accept(email_job(who, clock.now())).error().code, "service_queue_full");
  send(first);
  accepted();
}

// The kernel refuses to let files grow, as a full disk does.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
};

TEST_F(WritingTest, a_full_disk_loses_nothing_and_heals_by_itself) {
  ASSERT_EQ(open(), "");
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 20; ++i) jobs.push_back(accepted());
  {
    const FullDisk full(std::filesystem::file_size(options.file.string() + "-wal"));
    NewNotification job = email_job(who, clock.now());
    job.data_json = std::string(100'000, 'x');
    const auto answer = store->intake().accept(job);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
    EXPECT_FALSE(store->health().writable);
    EXPECT_FALSE(store->health().problem.empty());
    EXPECT_FALSE(store->ledger().find({}, job.id));
    EXPECT_TRUE(store->ledger().find({}, jobs[0].id));  // reading goes on
    EXPECT_FALSE(store->blobs().put(who.organisation, std::string(64 << 20, 'b')));
  }
  EXPECT_TRUE(test::wait_until([&] { return store->health().writable; }));
  EXPECT_TRUE(store->health().problem.empty());
  accepted();
  ASSERT_EQ(open(), "");
  for (const auto& job : jobs) EXPECT_TRUE(store->ledger().find({}, job.id));
  EXPECT_EQ(store->ledger().books()->accepted, 21U);
  expect_books_balance();
}

TEST_F(WritingTest, closing_waits_for_what_was_asked) {
  ASSERT_EQ(open(), "");
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 8; ++i) jobs.push_back(email_job(who, clock.now()));
  std::vector<std::thread> posts;
  std::atomic<int> answered = 0;
  for (const auto& job : jobs) posts.emplace_back([&] { answered += store->intake().accept(job) ? 1 : 0; });
  for (auto& post : posts) post.join();
  EXPECT_EQ(answered, 8);
  ASSERT_EQ(open(), "");
  for (const auto& job : jobs) EXPECT_TRUE(store->ledger().find({}, job.id));
}

TEST_F(WritingTest, pruned_space_goes_back_to_the_disk) {
  ASSERT_EQ(open(), "");
  for (int i = 0; i < 100; ++i) {
    NewNotification job = email_job(who, clock.now());
    job.data_json = std::string(20'000, 'x');
    send(accepted(job));
  }
  clock.advance(Retention{}.content);
  EXPECT_EQ(store->ledger().prune({}, clock.now(), 1000)->contents, 100U);
  store.reset();  // the last connection copies the log into the file
  EXPECT_LT(std::filesystem::file_size(options.file), 1U << 20);
}

}  // namespace
}  // namespace messo::testing
