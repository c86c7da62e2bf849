// kill -9 at random moments under load: every accepted job ends in exactly one closed state, reaches the mail server, and the books
// balance. Nothing is repeated but what a kill found handed over, and that only where on_doubt = resend. A client that repeats its
// unanswered posts with the same Idempotency-Key never makes two notifications of one job.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <tuple>

#include "scenario/support/smtp_peer_process.hpp"
#include "scenario/support/town.hpp"
#include "support/load_client.hpp"
#include "support/long_check.hpp"

namespace messo::test {
namespace {

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

// What the starts found in hand, as the log tells of each (MSO-3001): all of them together, and the most poisonous ones of one start.
struct Found {
  std::uint64_t resent = 0, in_doubt = 0, poisonous = 0, most_poisonous = 0;
};
Found found_in_hand(const Daemon& daemon) {
  static const std::regex kCounts(R"(MSO-3001.*\bresent\W+(\d+).*\bin_doubt\W+(\d+).*\bpoisonous\W+(\d+))");
  Found out;
  std::istringstream log(daemon.log());
  for (std::string line; std::getline(log, line);) {
    std::smatch counts;
    if (line.find("MSO-3001") == std::string::npos) continue;
    if (!std::regex_search(line, counts, kCounts)) throw std::runtime_error("this line does not tell: " + line);
    out.resent += std::stoull(counts[1]);
    out.in_doubt += std::stoull(counts[2]);
    out.poisonous += std::stoull(counts[3]);
    out.most_poisonous = std::max<std::uint64_t>(out.most_poisonous, std::stoull(counts[3]));
  }
  return out;
}

// Notifications on hold after three crashes with the provider: an operator's business, not the retry's.
std::set<std::string> in_doubt(const Daemon& daemon, const std::string& key) {
  const auto page = nlohmann::json::parse(daemon.get("/v1/notifications?status=in_doubt&limit=500", key).body);
  std::set<std::string> ids;
  for (const auto& item : page.at("items")) ids.emplace(item.at("id"));
  return ids;
}

nlohmann::json books(const Daemon& daemon) { return nlohmann::json::parse(daemon.admin("GET", "/v1/admin/books").body); }

// One run of the daemon through its kills: what clients were told of, and which notifications are left in doubt.
struct Story {
  explicit Story(const char* on_doubt, std::size_t kills) : seed(seed_of_this_run()) {
    daemon.start();
    town = found_town(daemon, {.port = peer.port(), .on_doubt = on_doubt});
    run(kills);
  }
  void run(std::size_t kills);

  const unsigned seed;
  const SmtpPeerProcess peer;
  Daemon daemon;
  Town town;
  std::set<std::string> ids;
  std::string failure;  // of a restart
};

void Story::run(std::size_t kills) {
  std::atomic<bool> enough = false;
  Killer killer(daemon, kills, seed);
  std::thread poster([&] {
    post_jobs(
        {.port = daemon.port(), .key = town.key, .connections = 16, .repeat_until_accepted = true}, 10'000'000,
        [](std::size_t i) { return reminder_job("cittadino" + std::to_string(i) + "@example.it", "K-" + std::to_string(i)); },
        [&](std::size_t, std::string_view id) { ids.emplace(id); }, [&] { return enough.load(); });
  });
  try {
    killer.run();
  } catch (const std::exception& e) {
    failure = e.what();
  }
  enough = true;
  poster.join();
  if (failure.empty() && killer.done != kills) failure = "it was killed " + std::to_string(killer.done) + " times only";
}

TEST(KillUnderLoad, every_accepted_job_ends_in_exactly_one_closed_state_and_the_books_balance) {
  const std::size_t kills = setting("MESSO_KILLS", 20);
  const Story story("resend", kills);
  SCOPED_TRACE("MESSO_SEED=" + std::to_string(story.seed));
  ASSERT_EQ(story.failure, "");
  const auto& [daemon, ids] = std::tie(story.daemon, story.ids);
  ASSERT_GT(ids.size(), kills) << "the load was too thin to mean anything";

  const auto& key = story.town.key;
  ASSERT_TRUE(wait_until([&] { return books(daemon).at("open") == in_doubt(daemon, key).size(); }, Millis{300'000}))
      << books(daemon).dump();
  const auto end = books(daemon);
  const auto doubtful = in_doubt(daemon, key);
  const Found found = found_in_hand(daemon);
  std::uint64_t closed = 0;
  for (const auto& [result, count] : end.at("closed").items()) closed += count.get<std::uint64_t>();
  EXPECT_EQ(end.at("accepted").get<std::uint64_t>(), closed + doubtful.size()) << end.dump();
  // What two crashes found in hand goes alone, so a third one holds that message and no other.
  EXPECT_EQ(doubtful.size(), found.poisonous);
  EXPECT_LE(found.most_poisonous, 1U);
  EXPECT_GE(end.at("accepted").get<std::uint64_t>(), ids.size());
  EXPECT_EQ(end.at("closed").value("sent", 0ULL), closed) << "the mail server took everything: " << end.dump();

  // Nothing lost: one distinct Message-ID for each accepted notification. Nothing repeated but what a start found handed over.
  const auto counts = story.peer.counts();
  EXPECT_LE(counts.unique, end.at("accepted").get<std::uint64_t>());
  EXPECT_GE(counts.unique, closed);
  RecordProperty("accepted", std::to_string(ids.size()));
  RecordProperty("repeated", std::to_string(counts.repeated));
  std::printf("%zu kills, %zu answered, %llu delivered, %llu repeated of %llu that were in hand, %zu in doubt\n", kills, ids.size(),
              static_cast<unsigned long long>(counts.unique), static_cast<unsigned long long>(counts.repeated),
              static_cast<unsigned long long>(found.resent), doubtful.size());
  EXPECT_LE(counts.repeated, found.resent + found.poisonous);

  for (const auto& id : ids) {
    const auto answer = daemon.get("/v1/notifications/" + id, key);
    ASSERT_EQ(answer.status, 200) << id;
    ASSERT_EQ(nlohmann::json::parse(answer.body).at("status"), doubtful.contains(id) ? "in_doubt" : "sent") << answer.body;
  }
}

TEST(KillUnderLoad, with_a_provider_on_hold_nothing_at_all_is_repeated_and_what_was_in_hand_waits_for_an_operator) {
  const std::size_t kills = std::max<std::size_t>(setting("MESSO_KILLS", 20) / 4, 5);
  const Story story("hold", kills);
  SCOPED_TRACE("MESSO_SEED=" + std::to_string(story.seed));
  ASSERT_EQ(story.failure, "");
  const auto open = [&] { return books(story.daemon).at("open").get<std::uint64_t>(); };
  const Found found = found_in_hand(story.daemon);
  ASSERT_TRUE(wait_until([&] { return open() == found.in_doubt + found.poisonous; }, Millis{300'000})) << books(story.daemon).dump();
  const auto end = books(story.daemon);
  EXPECT_EQ(found.resent, 0U);
  EXPECT_EQ(story.peer.counts().repeated, 0U);
  const auto sent = end.at("closed").value("sent", std::uint64_t{0});
  EXPECT_EQ(end.at("accepted").get<std::uint64_t>(), sent + open()) << end.dump();
  EXPECT_GE(story.peer.counts().unique, sent);
  EXPECT_LE(story.peer.counts().unique, sent + open()) << "what is in doubt may have arrived";
  EXPECT_GE(end.at("accepted").get<std::uint64_t>(), story.ids.size());
}

}  // namespace
}  // namespace messo::test
