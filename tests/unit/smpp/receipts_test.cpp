// Receipts and inbound messages through the smpp plugin, and questions about messages in doubt.
#include <gmock/gmock.h>

#include "smpp/messages.hpp"
#include "smpp/receipts.hpp"
#include "smpp_fixture.hpp"

namespace messo::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using smpp::DeliverSm;
using smpp::IdRadix;
using smpp::Pdu;
using smpp::ReceiptIds;
using smpp::State;
using ::testing::HasSubstr;

TEST_F(SmppPlugin, tells_the_hub_of_a_receipt_before_it_answers_the_smsc) {
  bind();
  std::atomic<bool> stored = false;
  host->on_receipts([&](const auto&) {
    stored = true;
    return MESSO_OK;
  });
  EXPECT_EQ(smsc->deliver(receipt_for("000000A0", "DELIVRD")), 0U);
  EXPECT_TRUE(stored);
  const auto receipts = host->receipts();
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].kind, MESSO_RECEIPT_DELIVERED);
  EXPECT_EQ(receipts[0].verification, MESSO_VALID);
  EXPECT_EQ(receipts[0].code, "sms.delivered");
  EXPECT_EQ(receipts[0].dedupe_key, "a0:DELIVRD:2611221701");
  ASSERT_EQ(receipts[0].references.size(), 1U);
  EXPECT_EQ(receipts[0].references[0].kind, "smpp-id");
  EXPECT_EQ(receipts[0].references[0].value, "a0");
  EXPECT_TRUE(receipts[0].raw.empty());
}

TEST_F(SmppPlugin, asks_for_a_receipt_again_when_the_store_cannot_take_it) {
  bind();
  std::atomic<std::int32_t> answer = MESSO_E_IO;
  host->on_receipts([&](const auto&) { return answer.load(); });
  EXPECT_EQ(smsc->deliver(receipt_for("a0", "DELIVRD")), 0x64U);
  EXPECT_TRUE(host->receipts().empty());
  answer = MESSO_OK;
  EXPECT_EQ(smsc->deliver(receipt_for("a0", "DELIVRD")), 0U);
  EXPECT_EQ(host->receipts().size(), 1U);
}

TEST_F(SmppPlugin, goes_on_sending_while_receipts_are_being_stored) {
  bind();
  std::atomic<bool> go_on = false;
  host->on_receipts([&](const auto&) { return wait_until([&] { return go_on.load(); }) ? MESSO_OK : MESSO_E_IO; });
  smsc->lines().at(0)->send({0, 7, receipt_for("a0", "DELIVRD")});
  EXPECT_EQ(host->send(sms(1)).kind, MESSO_PENDING);
  go_on = true;
  EXPECT_TRUE(wait_until([&] { return smsc->count(smpp::CommandId::deliver_sm_resp) == 1; }));
}

TEST_F(SmppPlugin, takes_receipts_as_parameters_and_in_data_sm) {
  bind();
  smpp::DataSm data;
  data.source_addr = "393331234567", data.destination_addr = "Comune";
  data.esm_class = smpp::kEsmClassReceipt;
  data.tlvs = {smpp::tlv_text(smpp::Tag::receipted_message_id, "0000BEEF"),
               smpp::tlv_octet(smpp::Tag::message_state, 5),
               {static_cast<std::uint16_t>(smpp::Tag::network_error_code), std::string("\x03\x00\x1b", 3)}};
  EXPECT_EQ(smsc->deliver(data), 0U);
  const auto receipts = host->receipts();
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].kind, MESSO_RECEIPT_UNDELIVERED);
  EXPECT_EQ(receipts[0].code, "sms.undelivered");
  EXPECT_THAT(receipts[0].public_text, HasSubstr("27"));
  EXPECT_EQ(receipts[0].references.at(0).value, "beef");
}

TEST_F(SmppPlugin, keeps_inbound_messages) {
  bind();
  DeliverSm inbound;
  inbound.source_addr = "393337654321", inbound.destination_addr = "4399";
  inbound.short_message = "S\x07, grazie";
  EXPECT_EQ(smsc->deliver(inbound), 0U);
  const auto receipts = host->receipts();
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_EQ(receipts[0].code, "sms.inbound");
  EXPECT_TRUE(receipts[0].references.empty());
  const auto told = json::parse(receipts[0].raw);
  EXPECT_EQ(told["from"], "393337654321");
  EXPECT_EQ(told["to"], "4399");
  EXPECT_EQ(told["text"], "Sì, grazie");
  EXPECT_EQ(smsc->deliver(inbound), 0U);
  EXPECT_EQ(host->receipts().at(1).dedupe_key, receipts[0].dedupe_key) << "an SMSC that got no answer says it again";
}

TEST_F(SmppPlugin, survives_receipts_that_are_none) {
  bind();
  for (const auto& text :
       {std::string(), std::string("id: stat: done date:"), std::string(254, '\xff'), std::string("id:") + std::string(250, '9'),
        std::string("stat:DELIVRD id:\x01\x02\x03 done date:9999999999999999")}) {
    auto absurd = receipt_for("1", "DELIVRD");
    absurd.short_message = text;
    absurd.source_addr = std::string(20, '7');
    EXPECT_EQ(smsc->deliver(absurd), 0U) << text;
  }
  for (const auto& receipt : host->receipts()) EXPECT_EQ(receipt.dedupe_key.find("7777777"), std::string::npos) << "no number in a key";
  EXPECT_EQ(host->send(sms(1)).kind, MESSO_PENDING);
}

TEST_F(SmppPlugin, ends_a_session_with_a_peer_that_floods_it_with_nonsense) {
  bind();
  std::string flood;
  for (std::uint32_t i = 0; i < 200; ++i) flood += smpp::encode({0, 900'000 + i, smpp::SubmitSmResponse{"x", {}}});
  smsc->lines().at(0)->send_bytes(flood);
  ASSERT_TRUE(wait_until([&] { return smsc->count(smpp::CommandId::bind_transceiver) >= 2 && smsc->lines().size() == 1; }));
  smsc->lines().at(0)->send_bytes(std::string("\xff\xff\xff\xff\0\0\0\x05\0\0\0\0\0\0\0\1", 16));
  EXPECT_TRUE(wait_until([&] { return smsc->count(smpp::CommandId::bind_transceiver) >= 3; })) << "a PDU of 4 GiB";
}

TEST_F(SmppPlugin, has_user_references_kept_before_anything_leaves) {
  std::atomic<std::size_t> kept_first = 0;
  start({{"match_by_user_reference", true}});
  host->on_keep([&](const TestKept& kept) {
    EXPECT_TRUE(kept.bytes.empty());
    kept_first += smsc->submits().empty() ? 1 : 0;
    return true;
  });
  EXPECT_EQ(host->send(sms(1, std::string(200, 'a'))).kind, MESSO_PENDING);
  EXPECT_EQ(kept_first, 1U);
  const auto kept = host->kept().at(0).references;
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].first, "umr");
  auto receipt = receipt_for("unheard-of", "DELIVRD");
  receipt.tlvs.push_back(*smpp::find_tlv(smsc->submits().at(1).tlvs, smpp::Tag::user_message_reference));
  EXPECT_EQ(smsc->deliver(receipt), 0U);
  const auto references = host->receipts().at(0).references;
  ASSERT_EQ(references.size(), 2U);
  EXPECT_EQ(references[1].kind, "umr");
  EXPECT_EQ(references[1].value, kept[1].second) << "of the second part";
}

TEST_F(SmppPlugin, sends_nothing_whose_user_references_could_not_be_kept) {
  start({{"match_by_user_reference", true}});
  host->on_keep([](const TestKept&) { return false; });
  EXPECT_EQ(host->send(sms(1)).code, "smpp.not_kept");
  EXPECT_TRUE(smsc->submits().empty());
}

TEST_F(SmppPlugin, asks_the_smsc_about_a_message_with_ids) {
  std::atomic<int> state = 2;
  smsc->on_pdu([&](auto& line, const Pdu& pdu) {
    const auto* query = std::get_if<smpp::QuerySm>(&pdu.body);
    if (query == nullptr) return false;
    EXPECT_EQ(query->source_addr, "Comune");
    line.send({0, pdu.sequence, smpp::QuerySmResponse{query->message_id, {}, static_cast<std::uint8_t>(state.load()), 0, {}}});
    return true;
  });
  bind({{"sender", "Comune"}});
  const auto attempt = sms(9).attempt;
  ASSERT_TRUE(wait_until([&] {
    return host->query(attempt, {{"smpp-id", "a0", 0}, {"smpp-id", "a1", 1}}) == MESSO_OK;
  })) << "once it is bound";
  EXPECT_EQ(host->outcome(attempt).kind, MESSO_PENDING);
  ASSERT_TRUE(host->wait_for_receipts(2));
  EXPECT_EQ(host->receipts()[1].code, "sms.delivered");
  state = 7;
  EXPECT_EQ(host->query(attempt, {{"smpp-id", "a0", 0}}), MESSO_OK);
  EXPECT_EQ(host->outcome(attempt).kind, MESSO_UNKNOWN);
  EXPECT_EQ(host->query(attempt, {{"smpp-id", "a0", 0}, {"smpp-part", "b/1", 1}}), MESSO_E_NOT_FOUND) << "one part cannot be asked about";
  EXPECT_EQ(host->query(attempt, {}), MESSO_E_NOT_FOUND);
}

// ---- ids in another radix ---------------------------------------------------------------------------------------------------------------

TEST(IdRadix, follows_the_setting) {
  EXPECT_EQ(IdRadix(ReceiptIds::same).as_in_response("00A1"), "a1");
  EXPECT_EQ(IdRadix(ReceiptIds::decimal_of_hex).as_in_response("161"), "a1");
  EXPECT_EQ(IdRadix(ReceiptIds::hex_of_decimal).as_in_response("0A1"), "161");
  EXPECT_EQ(IdRadix(ReceiptIds::decimal_of_hex).as_in_response("not-a-number"), "not-a-number");
}

TEST(IdRadix, learns_from_ids_it_saw_itself) {
  IdRadix radix(ReceiptIds::automatic);
  for (const auto* id : {"4A01", "4A02", "4A03", "4A04"}) radix.saw(id);
  EXPECT_EQ(radix.as_in_response("99"), "99") << "nothing is proven yet";
  EXPECT_EQ(radix.as_in_response("18945"), "4a01") << "it can only be this one";
  EXPECT_EQ(radix.known(), ReceiptIds::automatic);
  radix.as_in_response("18946");
  radix.as_in_response("18947");
  EXPECT_EQ(radix.known(), ReceiptIds::decimal_of_hex);
  EXPECT_EQ(radix.as_in_response("99"), "63") << "also one it has not seen";
}

TEST(IdRadix, learns_that_they_are_the_same) {
  IdRadix radix(ReceiptIds::automatic);
  for (const auto* id : {"1001", "1002", "1003"}) radix.saw(id);
  for (const auto* id : {"1001", "1002", "1003"}) EXPECT_EQ(radix.as_in_response(id), id);
  EXPECT_EQ(radix.known(), ReceiptIds::same);
}

// ---- dates ------------------------------------------------------------------------------------------------------------------------------

TEST(Receipts, of_long_ago_bear_their_date_and_fresh_ones_the_time_they_came) {
  IdRadix radix(ReceiptIds::same);
  const smpp::SmppSettings settings;
  const auto noon = to_unix_ms(*parse_rfc3339("2026-11-22T18:01:00Z"));
  EXPECT_EQ(smpp::read_incoming(receipt_for("1", "DELIVRD"), radix, settings, noon).at_ms, noon) << "the zone of 17:01 is not known";
  const auto days_later = to_unix_ms(*parse_rfc3339("2026-11-25T18:00:00Z"));
  EXPECT_EQ(smpp::read_incoming(receipt_for("1", "DELIVRD"), radix, settings, days_later).at_ms,
            to_unix_ms(*parse_rfc3339("2026-11-22T17:01:00Z")));
}

TEST(Receipts, that_decide_nothing_change_nothing) {
  IdRadix radix(ReceiptIds::same);
  const auto meaning = [&](const char* stat) {
    const auto receipt = smpp::read_incoming(receipt_for("1", stat), radix, {}, 0);
    return std::pair(receipt.kind, receipt.milestone);
  };
  EXPECT_EQ(meaning("DELIVRD").first, MESSO_RECEIPT_DELIVERED);
  for (const auto* stat : {"UNDELIV", "EXPIRED", "REJECTD", "DELETED"}) EXPECT_EQ(meaning(stat).first, MESSO_RECEIPT_UNDELIVERED) << stat;
  for (const auto* stat : {"ENROUTE", "ACCEPTD"})
    EXPECT_EQ(meaning(stat), std::pair(MESSO_RECEIPT_MILESTONE, MESSO_MILESTONE_ACCEPTED)) << stat;
  EXPECT_EQ(meaning("UNKNOWN"), std::pair(MESSO_RECEIPT_MILESTONE, MESSO_MILESTONE_NONE));
  auto on_the_way = receipt_for("1", "UNDELIV");
  on_the_way.esm_class = smpp::kEsmClassIntermediate;
  EXPECT_EQ(smpp::read_incoming(on_the_way, radix, {}, 0).kind, MESSO_RECEIPT_MILESTONE) << "the SMSC goes on trying";
}

}  // namespace
}  // namespace messo::test
