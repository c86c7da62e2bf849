// Messages through the smpp plugin: taken, refused, slowed down, lost.
#include <gmock/gmock.h>

#include "peers/test_certificates.hpp"
#include "smpp_fixture.hpp"
#include "smpp_pdu/receipt.hpp"

namespace messo::test {
namespace {

using namespace std::chrono_literals;
using smpp::CommandId;
using smpp::Pdu;
using smpp::SubmitSm;
using ::testing::HasSubstr;

TEST_F(SmppPlugin, sends_a_message_and_waits_for_its_receipt) {
  start();
  EXPECT_EQ(host->grants().at(0).messages, 60U) << "a window of 10, and 50 that wait";
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_PENDING) << outcome.code << outcome.private_text;
  EXPECT_EQ(outcome.code, "smpp.taken");
  EXPECT_EQ(outcome.references, (References{{"smpp-id", "a0"}})) << "lower case, without leading zeros";
  const auto submits = smsc->submits();
  ASSERT_EQ(submits.size(), 1U);
  EXPECT_EQ(submits[0].source_addr, "Comune");
  EXPECT_EQ(submits[0].source_addr_ton, 5);
  EXPECT_EQ(submits[0].destination_addr, "393331234567");
  EXPECT_EQ(submits[0].registered_delivery, 1);
  EXPECT_EQ(submits[0].short_message, "Il suo certificato \x04 pronto.") << "GSM 03.38, one septet an octet";
  EXPECT_EQ(submits[0].validity_period, "000003000000000R") << "72 hours at most";
  EXPECT_TRUE(smpp::number_of(submits[0].tlvs, smpp::Tag::user_message_reference));
}

TEST_F(SmppPlugin, sends_the_parts_of_a_long_message_in_order_with_one_reference_each) {
  bind({{"window", 2}});
  const auto outcome = host->send(sms(1, std::string(400, 'a')));
  EXPECT_EQ(outcome.references, (References{{"smpp-id", "a0"}, {"smpp-id", "a1"}, {"smpp-id", "a2"}}));
  const auto submits = smsc->submits();
  ASSERT_EQ(submits.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(submits[i].esm_class, smpp::kEsmClassUdhi);
    EXPECT_EQ(submits[i].short_message.substr(0, 3), std::string("\x05\x00\x03", 3));
    EXPECT_EQ(submits[i].short_message[3], submits[0].short_message[3]);
    EXPECT_EQ(submits[i].short_message[4], 3);
    EXPECT_EQ(submits[i].short_message[5], static_cast<char>(i + 1));
  }
}

TEST_F(SmppPlugin, never_has_more_out_than_its_window_and_takes_thousands_nevertheless) {
  std::atomic<int> out = 0, most = 0;
  std::mutex mutex;
  std::vector<std::pair<ScriptedSmsc::Line*, std::uint32_t>> held;
  smsc->on_pdu([&](auto& line, const Pdu& pdu) {
    if (!std::holds_alternative<SubmitSm>(pdu.body)) return false;
    most = std::max(most.load(), ++out);
    const std::scoped_lock hold(mutex);
    held.emplace_back(&line, pdu.sequence);
    if (held.size() < 5) return true;
    for (const auto& [to, sequence] : held) {
      --out;
      to->send({0, sequence, smpp::SubmitSmResponse{std::to_string(sequence), {}}});
    }
    held.clear();
    return true;
  });
  bind({{"window", 5}, {"queue_per_bind", 40}});
  unsigned next = 0;
  while (next < 2000) {
    std::vector<TestMessage> batch;
    for (unsigned i = 0; i < 10; ++i) batch.push_back(sms(next + i, "Prova"));
    if (host->submit(batch) == MESSO_OK) next += 10;
  }
  EXPECT_TRUE(host->wait_for(2000));
  smsc->on_pdu({});
  EXPECT_EQ(host->kinds(), (std::map<std::string, unsigned>{{"smpp.taken", 2000}}));
  EXPECT_LE(most, 5);
}

TEST_F(SmppPlugin, uses_every_bind_and_both_kinds_of_session) {
  bind({{"binds", 2}, {"mode", "transmitter+receiver"}, {"window", 1}}, 4);
  std::vector<TestMessage> batch;
  for (unsigned i = 0; i < 20; ++i) batch.push_back(sms(i));
  ASSERT_EQ(host->submit(batch), MESSO_OK);
  EXPECT_TRUE(host->wait_for(20));
  EXPECT_EQ(smsc->count(CommandId::bind_transmitter), 2U);
  EXPECT_EQ(smsc->count(CommandId::bind_receiver), 2U);
  EXPECT_EQ(smsc->deliver(receipt_for(ScriptedSmsc::id_of(3), "DELIVRD")), 0U);
  EXPECT_EQ(host->receipts().size(), 1U);
}

TEST_F(SmppPlugin, refuses_what_the_smsc_refuses_for_good) {
  refuse(0x0B, 1);
  bind();
  const auto refused = host->send(sms(1));
  EXPECT_EQ(refused.kind, MESSO_REFUSED);
  EXPECT_EQ(refused.scope, MESSO_SCOPE_DESTINATION);
  EXPECT_EQ(refused.code, "smpp.0000000b");
  EXPECT_EQ(host->send(sms(2)).kind, MESSO_PENDING);
}

TEST_F(SmppPlugin, refuses_what_cannot_be_a_short_message) {
  bind();
  auto nobody = sms(1);
  nobody.to = "mario.rossi@example.it";
  EXPECT_EQ(host->send(nobody).code, "smpp.bad_address");
  auto alias = sms(2);
  alias.from = "Comune di Esempio";
  EXPECT_EQ(host->send(alias).code, "smpp.bad_sender");
  EXPECT_EQ(host->send(sms(3, std::string(256 * 153, 'a'))).code, "smpp.too_long");
  EXPECT_EQ(host->send(sms(4, "")).code, "smpp.empty");
}

TEST_F(SmppPlugin, slows_down_when_the_smsc_says_so_without_costing_an_attempt) {
  refuse(0x58, 1);
  bind();
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(outcome.code, "smpp.throttled");
  EXPECT_GT(outcome.retry_after_ms, 0);
  const auto grant = host->grants().back();
  EXPECT_GT(grant.pause_until_ms, 0);
  EXPECT_THAT(grant.reason, HasSubstr("ESME_RTHROTTLED"));
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(host->send(sms(2)).kind, MESSO_PENDING) << "it waited in the plugin meanwhile";
  EXPECT_GT(std::chrono::steady_clock::now() - begin, 500ms);
}

TEST_F(SmppPlugin, never_sends_again_the_parts_that_were_taken_before_a_throttle) {
  refuse(0x58, 1, 1);
  bind();
  const auto outcome = host->send(sms(1, std::string(400, 'a')));
  EXPECT_EQ(outcome.kind, MESSO_PENDING) << outcome.code;
  EXPECT_EQ(outcome.references.size(), 3U);
  std::map<int, int> parts;
  for (const auto& submit : smsc->submits()) ++parts[submit.short_message[5]];
  EXPECT_EQ(parts, (std::map<int, int>{{1, 1}, {2, 2}, {3, 1}}));
}

TEST_F(SmppPlugin, says_so_when_a_message_was_taken_in_part_only) {
  refuse(0x58, 1000, 1);
  bind({{"part_retry_seconds", 1}});
  const auto outcome = host->send(sms(1, std::string(400, 'a')));
  EXPECT_EQ(outcome.kind, MESSO_REFUSED);
  EXPECT_EQ(outcome.code, "smpp.incomplete");
  ASSERT_EQ(outcome.references.size(), 3U) << "receipts of the part that left must not make the whole delivered";
  EXPECT_EQ(outcome.references[0].first, "smpp-id");
  EXPECT_EQ(outcome.references[1].first, "smpp-part");
}

TEST_F(SmppPlugin, is_in_doubt_about_what_gets_no_response_and_makes_the_session_anew) {
  smsc->on_pdu([](auto&, const Pdu& pdu) { return std::holds_alternative<SubmitSm>(pdu.body); });
  bind({{"response_seconds", 1}});
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_UNKNOWN);
  EXPECT_EQ(outcome.code, "smpp.no_response");
  smsc->on_pdu({});
  EXPECT_TRUE(wait_until([&] { return smsc->count(CommandId::bind_transceiver) >= 2; }));
  EXPECT_EQ(host->send(sms(2)).kind, MESSO_PENDING);
}

TEST_F(SmppPlugin, is_in_doubt_about_what_was_out_when_the_connection_broke) {
  bind();
  EXPECT_EQ(host->send(sms(0)).kind, MESSO_PENDING);
  smsc->on_pdu([](auto& line, const Pdu& pdu) {
    if (!std::holds_alternative<SubmitSm>(pdu.body)) return false;
    // Half of a response, as when the network breaks.
    line.send_bytes(smpp::encode({0, pdu.sequence, smpp::SubmitSmResponse{"4711", {}}}).substr(0, 18));
    line.hang_up();
    return true;
  });
  EXPECT_EQ(host->send(sms(1)).kind, MESSO_UNKNOWN);
  smsc->on_pdu({});
  EXPECT_EQ(host->send(sms(2)).kind, MESSO_PENDING) << "the next connection";
}

TEST_F(SmppPlugin, sends_again_later_what_no_octet_of_has_left_when_a_connection_breaks) {
  std::atomic<bool> go_on = false;
  smsc->on_pdu([&](auto&, const Pdu& pdu) {
    if (std::holds_alternative<SubmitSm>(pdu.body)) wait_until([&] { return go_on.load(); });  // and reads no further
    return false;
  });
  bind({{"window", 1000}, {"long_messages", "message_payload"}});
  constexpr unsigned kMessages = 600;  // 18 MB: more than the kernel keeps for a peer that does not read
  for (unsigned next = 0; next < kMessages; next += 20) {
    std::vector<TestMessage> batch;
    for (unsigned i = 0; i < 20; ++i) batch.push_back(sms(next + i, std::string(30'000, 'a')));
    ASSERT_EQ(host->submit(batch), MESSO_OK);
  }
  smsc->lines().at(0)->hang_up();
  go_on = true;
  ASSERT_TRUE(host->wait_for(kMessages, 30s));
  auto kinds = host->kinds();
  EXPECT_GT(kinds["smpp.connection_lost"], 0U);
  EXPECT_GT(kinds["smpp.no_response"], 0U);
  EXPECT_EQ(kinds["smpp.connection_lost"] + kinds["smpp.no_response"] + kinds["smpp.taken"] + kinds["smpp.outage"], kMessages);
  for (unsigned i = 0; i < kMessages; ++i) {
    const auto outcome = host->outcome(sms(i).attempt);
    if (outcome.code != "smpp.connection_lost") continue;
    EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
    EXPECT_TRUE(outcome.throttled) << "costs no attempt";
  }
}

TEST_F(SmppPlugin, makes_the_session_anew_when_the_smsc_says_it_is_none) {
  refuse(0x04, 1);
  bind();
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(host->send(sms(2)).kind, MESSO_PENDING);
  EXPECT_EQ(smsc->count(CommandId::bind_transceiver), 2U);
}

TEST_F(SmppPlugin, pauses_when_the_smsc_refuses_what_an_operator_has_to_mend) {
  refuse(0x53, 1);
  bind();
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_EQ(outcome.scope, MESSO_SCOPE_PROVIDER);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_THAT(host->grants().back().reason, HasSubstr("service_type"));
  EXPECT_EQ(host->send(sms(2)).code, "smpp.account_refused") << "nothing more is tried meanwhile";
}

TEST_F(SmppPlugin, sends_255_parts_through_a_window_of_ten) {
  bind();
  const auto outcome = host->send(sms(1, std::string(std::size_t{255} * 153, 'a')));
  EXPECT_EQ(outcome.kind, MESSO_PENDING) << outcome.code;
  EXPECT_EQ(outcome.references.size(), 255U);
  const auto submits = smsc->submits();
  ASSERT_EQ(submits.size(), 255U);
  for (std::size_t i = 0; i < 255; ++i) EXPECT_EQ(static_cast<unsigned char>(submits[i].short_message[5]), i + 1);
}

TEST_F(SmppPlugin, pauses_with_a_reason_for_operators_when_the_bind_is_refused) {
  smsc->on_pdu([](auto& line, const Pdu& pdu) {
    const auto* bind = std::get_if<smpp::BindRequest>(&pdu.body);
    if (bind == nullptr) return false;
    EXPECT_EQ(bind->password, "segreta1");
    line.send({0x0E, pdu.sequence, smpp::BindResponse{bind->role, {}, {}}});
    return true;
  });
  start();
  ASSERT_TRUE(wait_until([&] { return host->grants().size() >= 2; }));
  const auto grant = host->grants().back();
  EXPECT_GT(grant.pause_until_ms, 0);
  EXPECT_THAT(grant.reason, HasSubstr("check password"));
  EXPECT_THAT(host->log(), ::testing::Contains(HasSubstr("smpp.account_refused: Paused for 300 s")));
  const auto [code, sentence] = host->probe();
  EXPECT_NE(code, MESSO_OK);
  EXPECT_THAT(sentence, HasSubstr("check password"));
}

TEST_F(SmppPlugin, gives_messages_back_while_there_is_no_smsc_and_finds_it_again) {
  const auto port = smsc->port();
  smsc.reset();
  host = std::make_unique<BorderHost>("smpp", nlohmann::json{{"host", "127.0.0.1"}, {"port", port}, {"system_id", "messo"}});
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(outcome.code, "smpp.outage");
  EXPECT_THAT(host->grants().back().reason, HasSubstr("check host, port"));
}

TEST_F(SmppPlugin, pauses_longer_and_longer_when_an_smsc_that_did_well_is_gone) {
  bind();
  EXPECT_EQ(host->send(sms(1)).kind, MESSO_PENDING);
  smsc.reset();
  const auto pauses = [&] {
    std::vector<std::string> out;
    for (const auto& line : host->log())
      if (line.starts_with("smpp.outage")) out.push_back(line.substr(0, line.find(" s.")));
    return out;
  };
  ASSERT_TRUE(wait_until([&] { return pauses().size() >= 2; }));
  EXPECT_EQ(pauses()[0], "smpp.outage: Paused for 1");
  EXPECT_EQ(pauses()[1], "smpp.outage: Paused for 2");
  EXPECT_EQ(host->send(sms(2)).code, "smpp.outage");
}

TEST_F(SmppPlugin, speaks_tls_and_believes_only_its_authority) {
  peers::TestAuthority authority;
  const auto files = authority.issue("localhost", "IP:127.0.0.1");
  smsc = std::make_unique<ScriptedSmsc>(files.certificate, files.key);
  bind({{"tls", "tls"}, {"ca_file", authority.ca_file()}});
  EXPECT_EQ(host->send(sms(1, std::string(3000, 'a'))).references.size(), 20U);
  host->stop();
  start({{"tls", "tls"}});
  ASSERT_TRUE(wait_until([&] { return host->grants().size() >= 2; }));
  EXPECT_THAT(host->grants().back().reason, HasSubstr("certificate"));
}

TEST_F(SmppPlugin, asks_whether_the_smsc_is_there_and_answers_when_it_asks) {
  bind({{"enquire_link_seconds", 1}, {"response_seconds", 1}});
  EXPECT_TRUE(wait_until([&] { return smsc->count(CommandId::enquire_link) >= 1; }));
  EXPECT_EQ(smsc->deliver(smpp::EnquireLink{}), 0U);
  smsc->on_pdu([](auto&, const Pdu& pdu) { return std::holds_alternative<smpp::EnquireLink>(pdu.body); });
  EXPECT_TRUE(wait_until([&] { return smsc->count(CommandId::bind_transceiver) >= 2; })) << "silence ends the session";
}

TEST_F(SmppPlugin, unbinds_when_it_is_stopped_after_the_responses_that_are_due) {
  std::atomic<ScriptedSmsc::Line*> held = nullptr;
  std::atomic<std::uint32_t> sequence = 0;
  smsc->on_pdu([&](auto& line, const Pdu& pdu) {
    if (!std::holds_alternative<SubmitSm>(pdu.body)) return false;
    sequence = pdu.sequence;
    held = &line;
    return true;
  });
  bind({{"window", 1}});
  ASSERT_EQ(host->submit({sms(1), sms(2)}), MESSO_OK);
  ASSERT_TRUE(wait_until([&] { return held.load() != nullptr; }));
  std::thread late([&] {
    wait_until([&] { return host->has_outcome(sms(2).attempt); });
    held.load()->send({0, sequence, smpp::SubmitSmResponse{"77", {}}});
  });
  host->stop(5000);
  late.join();
  EXPECT_EQ(host->outcome(sms(1).attempt).kind, MESSO_PENDING);
  EXPECT_EQ(host->outcome(sms(2).attempt).code, "smpp.stopping");
  EXPECT_EQ(smsc->count(CommandId::unbind), 1U);
}

}  // namespace
}  // namespace messo::test
