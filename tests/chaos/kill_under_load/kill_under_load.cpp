// kill -9 at random moments under load: every accepted job ends in exactly one closed state, reaches the mail server, and the books
// balance. A client that repeats its unanswered posts with the same Idempotency-Key never makes two notifications of one job.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "scenario/support/smtp_peer_process.hpp"
#include "scenario/support/town.hpp"
#include "support/load_client.hpp"

namespace messo::test {
namespace {

std::size_t setting(const char* name, std::size_t fallback) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoul(text, nullptr, 10) : fallback;
}

// Kills and restarts the daemon at random moments until told to stop or `kills` are done.
class Killer {
 public:
  Killer(Daemon& daemon, std::size_t kills, unsigned seed) : daemon_(daemon), kills_(kills), random_(seed) {}

  // Throws when a restart fails. Moments are spread over start-up, accepting and draining.
  void run() {
    std::uniform_int_distribution<int> pause(5, 700);
    for (std::size_t i = 0; i < kills_; ++i) {
      const auto until = std::chrono::steady_clock::now() + Millis{pause(random_)};
      wait_until([&] { return std::chrono::steady_clock::now() >= until; });
      daemon_.kill9();
      daemon_.start();
      ++done;
    }
  }
  std::atomic<std::size_t> done = 0;

 private:
  Daemon& daemon_;
  std::size_t kills_;
  std::mt19937 random_;
};

// Notifications on hold after three crashes with the provider: an operator's business, not the retry's.
std::set<std::string> in_doubt(const Daemon& daemon, const std::string& key) {
  const auto page = nlohmann::json::parse(daemon.get("/v1/notifications?status=in_doubt&limit=500", key).body);
  std::set<std::string> ids;
  for (const auto& item : page.at("items")) ids.emplace(item.at("id"));
  return ids;
}

nlohmann::json books(const Daemon& daemon) { return nlohmann::json::parse(daemon.admin("GET", "/v1/admin/books").body); }

TEST(KillUnderLoad, every_accepted_job_ends_in_exactly_one_closed_state_and_the_books_balance) {
  const std::size_t kills = setting("MESSO_KILLS", 20);
  const auto seed = static_cast<unsigned>(setting("MESSO_SEED", std::random_device{}()));
  SCOPED_TRACE("MESSO_SEED=" + std::to_string(seed));
  const SmtpPeerProcess peer;
  Daemon daemon;
  daemon.start();
  const Town town = found_town(daemon, {.port = peer.port()});

  std::set<std::string> ids;
  std::atomic<bool> enough = false;
  Killer killer(daemon, kills, seed);
  LoadReport report;
  std::thread poster([&] {
    report = post_jobs(
        {.port = daemon.port(), .key = town.key, .connections = 16, .repeat_until_accepted = true}, 10'000'000,
        [](std::size_t i) { return reminder_job("cittadino" + std::to_string(i) + "@example.it", "K-" + std::to_string(i)); },
        [&](std::size_t, std::string_view id) { ids.emplace(id); }, [&] { return enough.load(); });
  });
  std::string failure;
  try {
    killer.run();
  } catch (const std::exception& e) {
    failure = e.what();
  }
  enough = true;
  poster.join();
  ASSERT_EQ(failure, "");
  ASSERT_EQ(killer.done, kills);
  ASSERT_GT(ids.size(), kills) << "the load was too thin to mean anything";

  ASSERT_TRUE(wait_until([&] { return books(daemon).at("open") == in_doubt(daemon, town.key).size(); }, Millis{300'000}))
      << books(daemon).dump();
  const auto end = books(daemon);
  const auto doubtful = in_doubt(daemon, town.key);
  std::uint64_t closed = 0;
  for (const auto& [result, count] : end.at("closed").items()) closed += count.get<std::uint64_t>();
  EXPECT_EQ(end.at("accepted").get<std::uint64_t>(), closed + doubtful.size()) << end.dump();
  EXPECT_LE(doubtful.size(), kills * 8) << "only what three crashes in a row found in hand";
  EXPECT_GE(end.at("accepted").get<std::uint64_t>(), ids.size());
  EXPECT_EQ(end.at("closed").value("sent", 0ULL), closed) << "the mail server took everything: " << end.dump();

  // Nothing lost: one distinct Message-ID for each accepted notification. Repeats are allowed (on_doubt = resend), and bounded by what was
  // in hand.
  const auto counts = peer.counts();
  EXPECT_LE(counts.unique, end.at("accepted").get<std::uint64_t>());
  EXPECT_GE(counts.unique, closed);
  RecordProperty("accepted", std::to_string(ids.size()));
  RecordProperty("repeated", std::to_string(counts.repeated));
  std::printf("%zu kills, %zu answered, %llu delivered, %llu repeated, %zu in doubt\n", kills, ids.size(),
              static_cast<unsigned long long>(counts.unique), static_cast<unsigned long long>(counts.repeated), doubtful.size());
  EXPECT_LE(counts.repeated, kills * 2'000);

  for (const auto& id : ids) {
    const auto answer = daemon.get("/v1/notifications/" + id, town.key);
    ASSERT_EQ(answer.status, 200) << id;
    ASSERT_EQ(nlohmann::json::parse(answer.body).at("status"), doubtful.contains(id) ? "in_doubt" : "sent") << answer.body;
  }
}

}  // namespace
}  // namespace messo::test
