// What the store costs per message: writer time (thread CPU of "store-writer") and wall time for accepting in groups, leasing and recording
// in batches. Plain program: bench_store [messages] [folder].
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "store/engines.hpp"
#include "support/store_jobs.hpp"

namespace {

using namespace messo;
using namespace messo::testing;
using Clocked = std::chrono::steady_clock;

// CPU seconds used so far by the thread of this process with that name.
double cpu_of(const std::string& name) {
  double total = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream comm(task.path() / "comm");
    std::string is;
    std::getline(comm, is);
    if (is != name) continue;
    std::ifstream schedstat(task.path() / "schedstat");
    double ns = 0;
    schedstat >> ns;
    total += ns / 1e9;
  }
  return total;
}

struct Lap {
  const char* what;
  double writer = cpu_of("store-writer");
  Clocked::time_point begun = Clocked::now();
  void end(std::size_t messages) const {
    const double wall = std::chrono::duration<double>(Clocked::now() - begun).count();
    const double cpu = cpu_of("store-writer") - writer;
    const auto n = static_cast<double>(messages);
    std::printf("%-28s %8.0f/s   writer %6.1f us   wall %6.1f us per message\n", what, n / wall, cpu / n * 1e6, wall / n * 1e6);
  }
};

NewNotification job(const Sending& who, Instant now, std::size_t i) {
  NewNotification n = email_job(who, now, "citizen" + std::to_string(i % 50'000) + "@example.org");
  n.reference = "pratica-" + std::to_string(i);
  n.data_json = R"({"pratica":"SUE-2026-17","ufficio":"Sportello unico","note":")" + std::string(700, 'x') + "\"}";
  n.idempotency = IdempotencyKey{make_uuid_v4().to_string(), sha256(n.reference)};
  return n;
}

void accept_groups(Store& store, const Sending& who, const Clock& clock, std::size_t messages) {
  const Lap lap{"accept_many of 64"};
  for (std::size_t at = 0; at < messages; at += 64) {
    std::vector<NewNotification> jobs;
    for (std::size_t i = 0; i < 64; ++i) jobs.push_back(job(who, clock.now(), at + i));
    for (const auto& answer : store.intake().accept_many(jobs)) {
      if (!answer) std::fprintf(stderr, "%s\n", answer.error().detail.c_str());
    }
  }
  lap.end(messages);
}

void accept_singly(Store& store, const Sending& who, const Clock& clock, std::size_t messages, std::size_t threads) {
  const Lap lap{"accept, 32 threads"};
  std::vector<float> ms(messages);
  std::atomic<std::size_t> next = 0;
  std::vector<std::thread> posts;
  for (std::size_t t = 0; t < threads; ++t) {
    posts.emplace_back([&] {
      for (std::size_t i = next++; i < messages; i = next++) {
        const auto n = job(who, clock.now(), i);
        const auto begun = Clocked::now();
        if (const auto answer = store.intake().accept(n); !answer) std::fprintf(stderr, "%s\n", answer.error().detail.c_str());
        ms[i] = std::chrono::duration<float, std::milli>(Clocked::now() - begun).count();
      }
    });
  }
  for (auto& post : posts) post.join();
  lap.end(messages);
  std::ranges::sort(ms);
  std::printf("%-28s p50 %.1f ms   p99 %.1f ms\n", "", ms[messages / 2], ms[messages * 99 / 100]);
}

void drain(Store& store, const Sending& who, const Clock& clock, std::size_t messages) {
  const Worker worker{"bench", BootId::make(clock.now())};
  const ProviderId provider = ProviderId::make(clock.now());
  const Lane lane{"email", Priority::normal, who.organisation, who.service};
  double lease_wall = 0, record_wall = 0, lease_cpu = 0, record_cpu = 0, read_wall = 0;
  std::size_t done = 0;
  while (done < messages) {
    const auto t0 = Clocked::now();
    const auto due = store.work().due(lane, clock.now() + std::chrono::hours{1}, 256);
    if (!due || due->empty()) break;
    std::vector<LeaseOrder> orders;
    for (const auto& d : *due) orders.push_back({d.delivery, AttemptId::make(clock.now()), provider, true});
    const auto t1 = Clocked::now();
    const double c1 = cpu_of("store-writer");
    const auto leases = store.work().lease(worker, orders, {}, clock.now());
    const auto t2 = Clocked::now();
    const double c2 = cpu_of("store-writer");
    std::vector<OutcomeRecord> records;
    for (const auto& l : *leases) {
      Outcome o = sent_outcome();
      o.references = {{"message_id", l.delivery.to_string() + "@messo.example", 0}};
      Verdict v;
      v.change = Change::sent_final;
      records.push_back({l.attempt, o, v, std::string(32, 'h'), clock.now()});
    }
    const auto t3 = Clocked::now();
    (void)store.work().record(records);
    const auto t4 = Clocked::now();
    const double c4 = cpu_of("store-writer");
    read_wall += std::chrono::duration<double>(t1 - t0).count();
    lease_wall += std::chrono::duration<double>(t2 - t1).count();
    record_wall += std::chrono::duration<double>(t4 - t3).count();
    lease_cpu += c2 - c1;
    record_cpu += c4 - c2;
    done += leases->size();
  }
  const auto n = static_cast<double>(done);
  std::printf("%-28s %8.0f/s   wall   %6.1f us per message\n", "due of 256", n / read_wall, read_wall / n * 1e6);
  std::printf("%-28s %8.0f/s   writer %6.1f us   wall %6.1f us per message\n", "lease of 256", n / lease_wall, lease_cpu / n * 1e6,
              lease_wall / n * 1e6);
  std::printf("%-28s %8.0f/s   writer %6.1f us   wall %6.1f us per message\n", "record of 256", n / record_wall, record_cpu / n * 1e6,
              record_wall / n * 1e6);
}

// Receipts of messages that are out: stored, matched by their reference, applied with state, event and status, in groups as a poll brings
// them.
void receipts(Store& store, const Sending& who, const Clock& clock, std::size_t messages) {
  const Worker worker{"bench", BootId::make(clock.now())};
  const ProviderId provider = ProviderId::make(clock.now());
  std::vector<Receipt> all;
  for (std::size_t at = 0; at < messages; at += 256) {
    std::vector<NewNotification> jobs;
    for (std::size_t i = 0; i < 256; ++i) jobs.push_back(job(who, clock.now(), at + i));
    static_cast<void>(store.intake().accept_many(jobs));
    std::vector<LeaseOrder> orders;
    for (const auto& one : jobs) orders.push_back({one.delivery.id, AttemptId::make(clock.now()), provider, true});
    const auto leases = store.work().lease(worker, orders, {}, clock.now());
    std::vector<OutcomeRecord> records;
    for (const auto& l : *leases) {
      Outcome o = outcome_of(OutcomeKind::pending);
      o.references = {{"message_id", l.delivery.to_string() + "@messo.example", 0}};
      Verdict v;
      v.change = Change::sent_awaiting;
      v.deadline = clock.now() + std::chrono::hours{72};
      records.push_back({l.attempt, o, v, std::string(32, 'h'), clock.now()});
      Receipt& receipt = all.emplace_back();
      receipt.dedupe_key = l.attempt.to_string();
      receipt.references = o.references;
      receipt.kind = ReceiptKind::delivered;
      receipt.verification = Verification::valid;
      receipt.at = clock.now();
      receipt.code = "delivered";
    }
    static_cast<void>(store.work().record(records));
  }
  std::size_t matched = 0, page = 0;
  const Lap lap{"receipts matched, 100 a poll"};
  for (std::size_t at = 0; at < all.size(); at += 100) {
    const auto part = std::span(all).subspan(at, std::min<std::size_t>(100, all.size() - at));
    PollState poll{"INBOX", std::to_string(++page), {}};
    for (const Receipt& r : part) poll.seen.push_back(r.dedupe_key);
    const auto done = store.receipts().record(provider, part, &poll, {}, clock.now());
    if (!done) return void(std::fprintf(stderr, "%s\n", done.error().detail.c_str()));
    for (const auto& one : *done) matched += one.changed ? 1 : 0;
  }
  lap.end(matched);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t messages = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 20'000;
  std::string name = ((argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path()) / "messo-bench-XXXXXX").string();
  const std::filesystem::path folder = mkdtemp(name.data());
  SystemClock clock;
  const auto log = make_null_log();
  SqliteOptions options;
  options.file = folder / "messo.db";
  options.master_key = Secret(std::string(32, 'k'));
  auto store = open_sqlite_store(options, clock, *log);
  if (!store) return std::fprintf(stderr, "%s\n", store.error().detail.c_str()), 1;
  const Sending who;
  accept_groups(**store, who, clock, messages);
  accept_singly(**store, who, clock, messages, 32);
  drain(**store, who, clock, 2 * messages);
  receipts(**store, who, clock, messages);
  const StoreHealth health = (*store)->health();
  std::printf("commits %lu, calls %lu, commit p50 %.2f ms p99 %.2f ms, %.0f MiB used\n", health.commits, health.writes,
              health.commit_p50_ms, health.commit_p99_ms, static_cast<double>(health.bytes_used) / 1048576.0);
  const auto books = (*store)->ledger().books();
  std::printf("accepted %lu open %lu\n", books->accepted, books->open);
  store->reset();
  const auto begun = Clocked::now();
  store = open_sqlite_store(options, clock, *log);
  std::printf("opened again in %.0f ms\n", std::chrono::duration<double, std::milli>(Clocked::now() - begun).count());
  store->reset();
  std::filesystem::remove_all(folder);
  return 0;
}
