// Thousands of messages and their receipts, in any order, with an SMSC nobody holds by the hand.
#include <gmock/gmock.h>

#include <set>

#include "peers/smsc_peer.hpp"
#include "smpp_fixture.hpp"

namespace messo::test {
namespace {

using namespace std::chrono_literals;
using peers::SmscIds;
using peers::SmscPeer;
using peers::SmscPeerOptions;

struct BusySmsc : PluginTest {
  std::unique_ptr<SmscPeer> smsc;

  void start(const SmscPeerOptions& options, const nlohmann::json& more) {
    smsc = std::make_unique<SmscPeer>(options);
    nlohmann::json config{{"host", "127.0.0.1"}, {"port", smsc->port()}, {"system_id", "messo"}, {"password", "segreta1"}, {"window", 50}};
    config.update(more);
    host = std::make_unique<BorderHost>("smpp", config);
  }
  // Those the plugin had no room for are handed over again, as the hub does.
  void send(unsigned from, unsigned count) {
    for (unsigned next = from; next < from + count;) {
      std::vector<TestMessage> batch;
      for (unsigned i = next; i < std::min(next + 16, from + count); ++i) {
        batch.push_back(sms(i, "Prova"));
        batch.back().to = "+3933312" + std::to_string(10'000 + i);
      }
      if (host->submit(batch) == MESSO_OK) next += static_cast<unsigned>(batch.size());
    }
    EXPECT_TRUE(host->wait_for(from + count, 60s));
  }
  std::set<std::string> ids_of_receipts() const {
    std::set<std::string> out;
    for (const auto& receipt : host->receipts()) {
      if (!receipt.references.empty()) out.insert(receipt.references[0].value);
    }
    return out;
  }
  std::set<std::string> ids_of_outcomes(unsigned count) const {
    std::set<std::string> out;
    for (unsigned i = 0; i < count; ++i) {
      for (const auto& [kind, value] : host->outcome(sms(i).attempt).references) out.insert(value);
    }
    return out;
  }
};

TEST_F(BusySmsc, gets_every_message_once_and_every_receipt_finds_its_message) {
  constexpr unsigned kMessages = 5'000;
  SmscPeerOptions options;
  options.response_ids = SmscIds::hex;
  options.receipt_first_every = 7;
  options.receipt_spread = 30ms;
  options.receipts_elsewhere = true;
  options.undelivered_every = 10;
  options.count_destinations = true;
  start(options, {{"binds", 2}, {"receipt_ids", "decimal-of-hex"}});
  send(0, kMessages);
  EXPECT_EQ(host->kinds(), (std::map<std::string, unsigned>{{"smpp.taken", kMessages}}));
  EXPECT_TRUE(host->wait_for_receipts(kMessages, 30s));
  EXPECT_EQ(ids_of_receipts(), ids_of_outcomes(kMessages));
  EXPECT_TRUE(wait_until([&] { return smsc->stats().receipts_waiting == 0; })) << "all are acknowledged";
  const auto stats = smsc->stats();
  EXPECT_EQ(stats.accepted, kMessages);
  EXPECT_EQ(stats.repeated, 0U);
  EXPECT_LE(stats.largest_window, 50U);
  EXPECT_EQ(stats.nacks, 0U);
}

TEST_F(BusySmsc, may_drop_its_connections_and_nothing_is_sent_twice) {
  constexpr unsigned kMessages = 3'000;
  SmscPeerOptions options;
  options.count_destinations = true;
  start(options, {{"reconnect_max_seconds", 1}});
  send(0, 500);
  std::atomic<bool> done = false;
  std::thread breaker([&] {
    for (int i = 0; i < 3 && !done; ++i) {
      const auto before = smsc->stats().accepted;
      wait_until([&] { return done || smsc->stats().accepted > before + 300; });
      smsc->drop_connections();
    }
  });
  send(500, kMessages - 500);
  done = true;
  breaker.join();
  const auto stats = smsc->stats();
  EXPECT_EQ(stats.repeated, 0U);
  auto kinds = host->kinds();
  // What was out when a connection broke is in doubt, whether the SMSC had it or not; everything else is certain.
  EXPECT_LE(stats.accepted, kinds["smpp.taken"] + kinds["smpp.no_response"]);
  EXPECT_GE(stats.accepted, kinds["smpp.taken"]);
  EXPECT_LE(kinds["smpp.no_response"], 3U * 50U);
}

TEST_F(BusySmsc, that_throttles_gets_all_in_the_end_and_none_twice) {
  constexpr unsigned kMessages = 400;
  SmscPeerOptions options;
  options.throttle_every = 150;
  options.count_destinations = true;
  start(options, nlohmann::json::object());
  send(0, kMessages);
  auto kinds = host->kinds();
  EXPECT_EQ(kinds["smpp.taken"] + kinds["smpp.throttled"], kMessages);
  EXPECT_EQ(kinds["smpp.throttled"], smsc->stats().throttled);
  EXPECT_GT(kinds["smpp.throttled"], 0U);
  EXPECT_EQ(smsc->stats().repeated, 0U);
}

}  // namespace
}  // namespace messo::test
