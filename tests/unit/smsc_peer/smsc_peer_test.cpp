// The SMSC of the tests, and the codec with it, before a client that nobody here wrote: the npm package `smpp`.
#include "peers/smsc_peer.hpp"

#include <gtest/gtest.h>

#include <set>

#include "peers/npm_smpp.hpp"
#include "support/wait_until.hpp"

namespace messo::peers {
namespace {

using Json = nlohmann::json;

class SmscPeerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = npm_smpp_missing()) GTEST_SKIP() << *missing;
  }

  static Json messages(int count) {
    auto out = Json::array();
    for (int i = 0; i < count; ++i)
      out.push_back(
          {{"destination_addr", "39347000000" + std::to_string(i)}, {"short_message", "Buongiorno"}, {"user_message_reference", 700 + i}});
    return out;
  }
  static Json client(const SmscPeer& peer, Json story) {
    story["port"] = peer.port();
    auto seen = run_npm_esme(story);
    EXPECT_FALSE(seen.contains("error")) << seen.dump(1);
    return seen;
  }
  static std::set<std::string> ids(const Json& list) {
    std::set<std::string> out;
    for (const auto& one : list) out.insert(one.at("id").get<std::string>());
    return out;
  }
};

TEST_F(SmscPeerTest, messages_are_taken_and_their_receipts_come) {
  SmscPeer peer({.system_id = "messo",
                 .password = "segreto",
                 .receipt_tlvs = true,
                 .receipt_spread = std::chrono::milliseconds(30),
                 .undelivered_every = 4});
  const auto seen = client(peer, {{"messages", messages(8)}, {"receipts", 8}, {"queries", true}});
  EXPECT_EQ(seen.at("bind"), Json({{"status", 0}, {"system_id", "smsc_peer"}, {"version", 0x34}}));
  EXPECT_EQ(ids(seen.at("submits")).size(), 8U);
  EXPECT_EQ(ids(seen.at("submits")), ids(seen.at("receipts")));
  std::set<int> references;
  int undelivered = 0;
  for (const auto& receipt : seen.at("receipts")) {
    references.insert(receipt.at("umr").get<int>());
    undelivered += receipt.at("state") == 5 ? 1 : 0;
    const auto text = receipt.at("text").get<std::string>();
    EXPECT_NE(text.find(receipt.at("state") == 5 ? "stat:UNDELIV err:005" : "stat:DELIVRD err:000"), std::string::npos) << text;
  }
  EXPECT_EQ(references.size(), 8U);
  EXPECT_EQ(undelivered, 2);
  for (const auto& query : seen.at("queries")) EXPECT_NE(query.at("state"), 1) << "every message has come to its end: " << query.dump();
  EXPECT_EQ(seen.at("enquire_link"), 0);
  EXPECT_EQ(seen.at("unbind"), 0);
  const auto stats = peer.stats();
  EXPECT_EQ(stats.receipts_acked, 8U);
  EXPECT_EQ(stats.receipts_waiting, 0U);
  EXPECT_EQ(stats.nacks, 0U);
}

TEST_F(SmscPeerTest, who_has_no_account_may_not_bind) {
  SmscPeer peer({.system_id = "messo", .password = "altro"});
  EXPECT_EQ(client(peer, {{"messages", messages(1)}}).at("bind").at("status"), 0x0E);
  EXPECT_EQ(client(peer, {{"system_id", "nessuno"}}).at("bind").at("status"), 0x0F);
  EXPECT_EQ(peer.stats().refused_binds, 2U);
  EXPECT_EQ(peer.stats().submits, 0U);
}

TEST_F(SmscPeerTest, what_is_over_the_rate_or_the_window_is_refused_for_now) {
  SmscPeer throttling({.throttle_every = 3});
  const auto throttled = client(throttling, {{"messages", messages(6)}, {"receipts", 4}});
  EXPECT_EQ(throttled.at("submits").at(2), Json({{"status", 0x58}, {"id", ""}}));
  EXPECT_EQ(throttling.stats().throttled, 2U);

  SmscPeer narrow({.response_delay = std::chrono::milliseconds(100), .window = 5});
  client(narrow, {{"messages", messages(8)}, {"receipts", 5}});
  EXPECT_EQ(narrow.stats().over_window, 3U);
  EXPECT_EQ(narrow.stats().largest_window, 8U);
}

TEST_F(SmscPeerTest, ids_are_decimal_here_and_hexadecimal_there) {
  SmscPeer peer({.response_ids = SmscIds::hex, .receipt_ids = SmscIds::decimal});
  const auto seen = client(peer, {{"messages", messages(1)}, {"receipts", 1}, {"queries", true}});
  EXPECT_EQ(seen.at("submits").at(0).at("id"), "000000003B9ACA01");
  EXPECT_NE(seen.at("receipts").at(0).at("text").get<std::string>().find("id:1000000001 "), std::string::npos);
  EXPECT_EQ(seen.at("queries").at(0).at("state"), 2);
}

TEST_F(SmscPeerTest, receipts_wait_for_somebody_who_receives) {
  SmscPeer peer;
  client(peer, {{"bind", "transmitter"}, {"messages", messages(3)}});
  EXPECT_EQ(peer.stats().receipts_waiting, 3U);
  EXPECT_EQ(peer.stats().receipts_sent, 0U);
  EXPECT_EQ(client(peer, {{"bind", "receiver"}, {"receipts", 3}}).at("receipts").size(), 3U);
  EXPECT_TRUE(test::wait_until([&] { return peer.stats().receipts_waiting == 0; }));
  EXPECT_FALSE(peer.send_inbound("393470000001", "COMUNE", "grazie")) << "nobody is bound";
}

}  // namespace
}  // namespace messo::peers
