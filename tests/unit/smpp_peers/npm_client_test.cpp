// Messo's SMPP codec from its other side: a client nobody here wrote speaks with the SMSC that is made of it.
#include <gmock/gmock.h>

#include <future>

#include "peers/npm_smpp.hpp"
#include "peers/smsc_peer.hpp"
#include "support/wait_until.hpp"

namespace messo::peers {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class NpmClient : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto missing = npm_smpp_missing()) GTEST_SKIP() << *missing;
  }
  static Json story(const SmscPeer& smsc, const Json& messages, const Json& more = Json::object()) {
    Json out{{"port", smsc.port()}, {"messages", messages}, {"receipts", messages.size()}};
    out.update(more);
    return out;
  }
  static Json message(const std::string& to, const std::string& text) { return {{"destination_addr", to}, {"short_message", text}}; }
};

TEST_F(NpmClient, submits_to_our_smsc_and_gets_receipts_answers_and_a_good_bye) {
  SmscPeer smsc({.system_id = "messo", .password = "segreto", .receipt_tlvs = true});
  const auto seen =
      run_npm_esme(story(smsc, {message("393470000001", "Perché no?"), message("393470000002", "Добрый день 😀")}, {{"queries", true}}));
  ASSERT_FALSE(seen.contains("error")) << seen.dump(1);
  EXPECT_EQ(seen.at("bind").at("status"), 0);
  EXPECT_EQ(seen.at("bind").at("version"), 0x34);
  for (const auto& submit : seen.at("submits")) {
    EXPECT_EQ(submit.at("status"), 0);
    const std::string id = submit.at("id");
    const auto receipts = seen.at("receipts");
    const auto receipt = std::ranges::find_if(receipts, [&](const Json& one) { return one.at("id") == id; });
    ASSERT_NE(receipt, receipts.end()) << seen.dump(1);
    EXPECT_EQ(receipt->at("state"), 2);
    EXPECT_THAT(receipt->at("text").get<std::string>(), StartsWith("id:" + id + " "));
    EXPECT_THAT(receipt->at("text").get<std::string>(), HasSubstr("stat:DELIVRD"));
  }
  for (const auto& query : seen.at("queries")) {
    EXPECT_EQ(query.at("status"), 0);
    EXPECT_EQ(query.at("state"), 2);
  }
  EXPECT_EQ(seen.at("enquire_link"), 0);
  EXPECT_EQ(seen.at("unbind"), 0);
  EXPECT_EQ(smsc.stats().nacks, 0U);
  EXPECT_EQ(smsc.stats().unbinds, 1U);
}

TEST_F(NpmClient, is_refused_with_a_wrong_name_or_password) {
  SmscPeer smsc({.system_id = "messo", .password = "segreto"});
  EXPECT_EQ(run_npm_esme(story(smsc, Json::array(), {{"password", "altro"}})).at("bind").at("status"), 0x0E);
  EXPECT_EQ(run_npm_esme(story(smsc, Json::array(), {{"system_id", "altri"}})).at("bind").at("status"), 0x0F);
  EXPECT_EQ(smsc.stats().refused_binds, 2U);
}

TEST_F(NpmClient, reads_hexadecimal_ids_with_leading_zeros) {
  SmscPeer smsc({.response_ids = SmscIds::hex, .receipt_ids = SmscIds::decimal});
  const auto seen = run_npm_esme(story(smsc, Json::array({message("393470000001", "uno")})));
  const std::string id = seen.at("submits").at(0).at("id");
  EXPECT_THAT(id, StartsWith("00000000"));
  const auto decimal = std::stoull(id, nullptr, 16);
  EXPECT_THAT(seen.at("receipts").at(0).at("text").get<std::string>(), StartsWith("id:" + std::to_string(decimal) + " ")) << seen.dump(1);
}

TEST_F(NpmClient, submits_as_a_transmitter_while_a_receiver_gets_the_receipts) {
  SmscPeer smsc;
  auto receiver = std::async(std::launch::async, [&] {
    return run_npm_esme(story(smsc, Json::array(), {{"bind", "receiver"}, {"receipts", 3}}));
  });
  ASSERT_TRUE(test::wait_until([&] { return smsc.stats().binds == 1; }));
  const auto messages = Json{message("393470000001", "uno"), message("393470000002", "due"), message("393470000003", "tre")};
  const auto sent = run_npm_esme(story(smsc, messages, {{"bind", "transmitter"}, {"receipts", 0}}));
  for (const auto& submit : sent.at("submits")) EXPECT_EQ(submit.at("status"), 0) << sent.dump();
  const auto got = receiver.get();
  EXPECT_EQ(got.at("receipts").size(), 3U) << got.dump();
  EXPECT_TRUE(sent.at("receipts").empty());
}

TEST_F(NpmClient, gets_what_a_citizen_writes) {
  SmscPeer smsc;
  smsc.hold_receipts(true);
  auto client = std::async(std::launch::async, [&] { return run_npm_esme(story(smsc, Json::array({message("393470000001", "uno")}))); });
  ASSERT_TRUE(test::wait_until([&] { return smsc.stats().accepted == 1; }));
  EXPECT_TRUE(smsc.send_inbound("393470000001", "COMUNE", "Grazie, alle 10"));
  smsc.hold_receipts(false);
  const auto seen = client.get();
  ASSERT_EQ(seen.at("inbound").size(), 1U) << seen.dump();
  EXPECT_EQ(seen.at("inbound").at(0).at("text"), "Grazie, alle 10");
  EXPECT_EQ(seen.at("inbound").at(0).at("from"), "393470000001");
}

TEST_F(NpmClient, is_throttled_and_told_so) {
  SmscPeer smsc({.throttle_every = 2});
  const auto seen = run_npm_esme(story(smsc, {message("393470000001", "uno"), message("393470000002", "due")}, {{"receipts", 1}}));
  EXPECT_EQ(seen.at("submits").at(0).at("status").get<int>() + seen.at("submits").at(1).at("status").get<int>(), 0x58) << seen.dump();
}

// The SMSC of npm itself, where a story would believe a wrong word.
TEST_F(NpmClient, an_smsc_of_npm_refuses_what_it_does_not_know) {
  NpmSmsc smsc;
  EXPECT_THROW(smsc.set({{"no_such_setting", 1}}), std::runtime_error);
  EXPECT_THROW(smsc.rule({{"no_such_effect", 1}}), std::runtime_error);
  EXPECT_THROW(smsc.rule({{"status", "ESME_RNOSUCH"}}), std::runtime_error);
  EXPECT_THROW(smsc.tell("no such command"), std::runtime_error);
}

TEST_F(NpmClient, an_smsc_of_npm_shows_a_repeated_part_and_an_incomplete_message) {
  NpmSmsc smsc;
  const auto part = [&](const std::string& to, int number, const std::string& text) {
    return Json{{"destination_addr", to},
                {"short_message", text},
                {"sar_msg_ref_num", 7},
                {"sar_total_segments", 2},
                {"sar_segment_seqnum", number}};
  };
  const auto seen =
      run_npm_esme({{"port", smsc.port()},
                    {"receipts", 4},
                    {"messages", {part("391", 1, "Buon"), part("391", 2, "giorno"), part("391", 2, "giorno"), part("392", 2, "sera")}}});
  ASSERT_FALSE(seen.contains("error")) << seen.dump(1);
  EXPECT_EQ(smsc.phone("391").at(0),
            Json({{"from", "COMUNE"}, {"total", 2}, {"parts", 2}, {"repeated", 1}, {"complete", true}, {"text", "Buongiorno"}}));
  EXPECT_EQ(smsc.phone("392").at(0).at("complete"), false);
}

}  // namespace
}  // namespace messo::peers
