// The plugin as the hub loads it, before gateways shaped like Twilio and Skebby.
#include <gmock/gmock.h>

#include <thread>

#include "peers/skebby_peer.hpp"
#include "peers/twilio_peer.hpp"
#include "sms_http/gateway.hpp"
#include "support/plugin_documents.hpp"
#include "support/plugin_test.hpp"
#include "support/wait_until.hpp"

namespace messo::sms_http {
namespace {

using nlohmann::json;
using peers::PeerReply;
using peers::SkebbyPeer;
using peers::TwilioPeer;
using test::TestMessage;
using ::testing::HasSubstr;

TestMessage sms(unsigned number, const std::string& text = "Il documento è pronto: € 16,00.") {
  TestMessage out = test::numbered(number);
  out.channel = "sms";
  out.to = "+393331234567";
  out.from = "ComuneProva";
  out.parts = {{"text", text}};
  return out;
}

struct TwilioTest : test::PluginTest {
  TwilioPeer gateway{"tests/data/sms/twilio.messages.subset.json"};

  void begin(const json& more = json::object()) {
    json config{{"gateway", "twilio"},
                {"account", TwilioPeer::kAccount},
                {"password", TwilioPeer::kToken},
                {"base_url", gateway.base_url()},
                {"callback_url", "https://hub.example.it/v1/callbacks/abc"}};
    config.update(more);
    host = std::make_unique<test::BorderHost>("sms_http", config);
  }
  void TearDown() override {
    PluginTest::TearDown();
    EXPECT_THAT(gateway.problems(), ::testing::IsEmpty());
  }
};

TEST_F(TwilioTest, takes_messages_as_its_description_wants_them) {
  begin();
  const auto message = sms(1);
  const auto outcome = host->send(message);
  EXPECT_EQ(outcome.kind, MESSO_PENDING);
  const auto sent = gateway.sent();
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, "+393331234567");
  EXPECT_EQ(sent[0].from, "ComuneProva");
  EXPECT_EQ(sent[0].body, "Il documento è pronto: € 16,00.");
  const auto reference = Gateway::reference_of(message.delivery.bytes, 32);
  EXPECT_EQ(sent[0].callback, "https://hub.example.it/v1/callbacks/abc?messo=" + reference);
  EXPECT_EQ(peers::value_of(sent[0].form, "ValidityPeriod"), "36000");
  ASSERT_EQ(outcome.references.size(), 2U);
  EXPECT_EQ(outcome.references[0], (std::pair<std::string, std::string>("sms-id", sent[0].sid)));
  EXPECT_EQ(outcome.references[1], (std::pair<std::string, std::string>("client-ref", reference)));
  ASSERT_EQ(host->kept().size(), 1U) << "our reference is durable before the request leaves";
  EXPECT_EQ(host->kept()[0].bytes, "");
  EXPECT_EQ(host->kept()[0].references[0].second, reference);
}

TEST_F(TwilioTest, what_cannot_be_written_down_is_not_sent) {
  begin();
  host->on_keep([](const test::TestKept&) { return false; });
  EXPECT_EQ(host->send(sms(1)).code, "sms_http.not_durable");
  EXPECT_EQ(gateway.requests(), 0U);
}

TEST_F(TwilioTest, a_text_of_several_segments_goes_as_one_message) {
  begin();
  std::string text;
  for (int i = 0; i < 40; ++i) text += "segmenti & altro+ ";
  EXPECT_EQ(host->send(sms(1, text)).kind, MESSO_PENDING);
  ASSERT_EQ(gateway.sent().size(), 1U);
  EXPECT_EQ(gateway.sent()[0].body, text);
  const auto refused = host->send(sms(2, std::string(1601, 'a')));
  EXPECT_EQ(refused.code, "sms_http.too_long");
  EXPECT_EQ(host->send(sms(3, "")).code, "sms_http.no_text");
}

TEST_F(TwilioTest, a_messaging_service_takes_the_senders_place) {
  begin({{"values", {{"messaging_service", "MG0123456789abcdef0123456789abcdef"}}}});
  EXPECT_EQ(host->send(sms(1)).kind, MESSO_PENDING);
  EXPECT_EQ(gateway.sent().at(0).from, "");
}

TEST_F(TwilioTest, without_an_address_to_call_a_message_ends_as_sent) {
  begin({{"callback_url", ""}});
  EXPECT_EQ(host->send(sms(1)).kind, MESSO_SENT);
  EXPECT_EQ(gateway.sent().at(0).callback, "");
  EXPECT_THAT(host->log(), ::testing::Contains(HasSubstr("sms_http.no_callback_url")));
}

TEST_F(TwilioTest, a_gateway_that_reads_the_post_and_closes_leaves_a_doubt_and_one_message) {
  begin({{"connections", 1}});
  EXPECT_EQ(host->send(sms(1)).kind, MESSO_PENDING);
  gateway.next({.then = PeerReply::Then::close}, true);
  const auto message = sms(2);
  const auto outcome = host->send(message);
  EXPECT_EQ(outcome.kind, MESSO_UNKNOWN);
  EXPECT_EQ(outcome.code, "sms_http.cut");
  ASSERT_EQ(outcome.references.size(), 1U) << "a call may settle it";
  EXPECT_EQ(outcome.references[0].first, "client-ref");
  EXPECT_EQ(gateway.requests(), 2U);
  EXPECT_EQ(gateway.sent().size(), 2U);
}

TEST_F(TwilioTest, a_gateway_that_does_not_answer_in_time_leaves_a_doubt) {
  begin({{"answer_seconds", 1}});
  gateway.next({.then = PeerReply::Then::hang}, true);
  EXPECT_EQ(host->send(sms(1)).code, "sms_http.no_answer");
}

TEST_F(TwilioTest, no_json_no_json_enough_and_too_much_of_it_leave_a_doubt) {
  begin();
  for (const std::string& body :
       {std::string("<html>"), std::string("{\"sid\": \"SM1"), "{\"sid\": \"" + std::string(200'000, 'x') + "\"}"}) {
    gateway.next({.status = 201, .body = body}, true);
    const auto outcome = host->send(sms(static_cast<unsigned>(body.size())));
    EXPECT_EQ(outcome.kind, MESSO_UNKNOWN);
    EXPECT_EQ(outcome.code, "sms_http.unreadable_answer");
  }
}

TEST_F(TwilioTest, slowing_down_pauses_for_as_long_as_it_says_and_costs_no_attempt) {
  begin({{"connections", 1}});
  gateway.next({.status = 429, .body = R"({"code": 20429})", .headers = {{"Retry-After", "120"}}});
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(outcome.retry_after_ms, 120'000);
  const auto grant = host->grants().back();
  EXPECT_GT(grant.pause_until_ms, 0);
  EXPECT_THAT(grant.reason, HasSubstr("slow down"));
  EXPECT_TRUE(gateway.sent().empty());
}

TEST_F(TwilioTest, an_account_that_is_refused_pauses_and_says_what_to_check) {
  begin({{"password", "falsa"}});
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_EQ(outcome.scope, MESSO_SCOPE_PROVIDER);
  EXPECT_THAT(host->grants().back().reason, HasSubstr("check account and password"));
  for (const auto& line : host->log()) EXPECT_EQ(line.find("falsa"), std::string::npos) << line;
}

TEST_F(TwilioTest, a_number_that_is_bad_for_good_is_refused_as_such) {
  begin();
  gateway.next({.status = 400, .body = R"({"code": 21211, "message": "The 'To' number +393331234567 is not valid"})"});
  const auto outcome = host->send(sms(1));
  EXPECT_EQ(outcome.kind, MESSO_REFUSED);
  EXPECT_EQ(outcome.scope, MESSO_SCOPE_DESTINATION);
  EXPECT_EQ(outcome.private_text.find("333"), std::string::npos);
}

TEST_F(TwilioTest, the_account_is_tried_without_sending) {
  begin();
  EXPECT_EQ(host->probe(), (std::pair<std::int32_t, std::string>(MESSO_OK, "The gateway takes the account.")));
  EXPECT_EQ(gateway.requests(), 0U);
}

TEST_F(TwilioTest, a_stop_gives_back_what_waits_and_leaves_a_doubt_about_what_is_out) {
  begin({{"connections", 1}});
  gateway.next({.then = PeerReply::Then::hang}, true);
  host->submit({sms(1), sms(2)});
  EXPECT_TRUE(test::wait_until([&] { return gateway.requests() == 1; }));
  host->stop(100);
  EXPECT_EQ(host->outcome(sms(1).attempt).kind, MESSO_UNKNOWN);
  EXPECT_EQ(host->outcome(sms(2).attempt).kind, MESSO_TRY_LATER);
  EXPECT_EQ(gateway.requests(), 1U);
}

struct SkebbyTest : test::PluginTest {
  SkebbyPeer gateway;

  void begin(const json& more = json::object()) {
    json config{
        {"gateway", "skebby"}, {"account", SkebbyPeer::kUser}, {"password", SkebbyPeer::kPassword}, {"base_url", gateway.base_url()}};
    config.update(more);
    host = std::make_unique<test::BorderHost>("sms_http", config);
  }
};

TEST_F(SkebbyTest, many_messages_share_one_session) {
  begin({{"connections", 4}});
  for (unsigned i = 1; i <= 8; i += 4) {
    ASSERT_EQ(host->submit({sms(i), sms(i + 1), sms(i + 2), sms(i + 3)}), MESSO_OK);
    ASSERT_TRUE(host->wait_for(i + 3));
  }
  EXPECT_EQ(host->kinds()["sms_http.accepted"], 8U);
  EXPECT_EQ(gateway.sign_ins(), 1U);
  const auto body = gateway.sent().at(0);
  EXPECT_EQ(body.at("recipient"), json::array({"+393331234567"}));
  EXPECT_EQ(body.at("message_type"), "GP");
  EXPECT_EQ(body.at("sender"), "ComuneProva");
  EXPECT_EQ(body.at("encoding"), "gsm");
  EXPECT_EQ(body.at("message"), "Il documento è pronto: € 16,00.");
  EXPECT_EQ(body.at("order_id").get<std::string>().size(), 32U);
}

TEST_F(SkebbyTest, the_order_id_is_the_same_at_every_attempt_so_that_the_gateway_may_refuse_a_second_message) {
  begin();
  auto message = sms(1);
  EXPECT_EQ(host->send(message).kind, MESSO_PENDING);
  message.attempt = sms(2).attempt;
  EXPECT_EQ(host->send(message).kind, MESSO_REFUSED);
  EXPECT_EQ(gateway.sent().size(), 1U);
}

TEST_F(SkebbyTest, a_session_that_ended_is_made_anew_once) {
  begin();
  EXPECT_EQ(host->send(sms(1)).kind, MESSO_PENDING);
  gateway.expire_sessions();
  EXPECT_EQ(host->send(sms(2)).kind, MESSO_PENDING);
  EXPECT_EQ(gateway.sign_ins(), 2U);
  EXPECT_EQ(gateway.sent().size(), 2U);
  gateway.expire_sessions();
  gateway.expire_at_once(true);
  const auto outcome = host->send(sms(3));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_EQ(outcome.scope, MESSO_SCOPE_PROVIDER);
  EXPECT_EQ(gateway.sign_ins(), 3U) << "and not for ever";
}

TEST_F(SkebbyTest, a_token_does_as_well) {
  begin({{"values", {{"sign_in", "token"}, {"message_type", "TI"}}}});
  EXPECT_EQ(host->send(sms(1, "così 😀")).kind, MESSO_PENDING);
  EXPECT_EQ(gateway.sent().at(0).at("encoding"), "ucs2");
  EXPECT_EQ(gateway.sent().at(0).at("message_type"), "TI");
}

TEST_F(SkebbyTest, wrong_credentials_pause_and_are_not_tried_by_every_message) {
  begin({{"password", "sbagliata"}, {"connections", 2}});
  host->submit({sms(1), sms(2), sms(3), sms(4)});
  ASSERT_TRUE(host->wait_for(4));
  EXPECT_EQ(gateway.sign_ins(), 1U);
  EXPECT_EQ(gateway.requests(), 0U);
  EXPECT_THAT(host->grants().back().reason, HasSubstr("check account and password"));
  const auto [code, said] = host->probe();
  EXPECT_NE(code, MESSO_OK);
  EXPECT_THAT(said, HasSubstr("check account and password"));
}

TEST_F(SkebbyTest, no_credit_pauses) {
  begin();
  gateway.next({.status = 400, .body = R"({"result": "NOT_ENOUGH_CREDIT"})"});
  EXPECT_EQ(host->send(sms(1)).code, "sms_http.no_credit");
  EXPECT_GT(host->grants().back().pause_until_ms, 0);
}

TEST_F(SkebbyTest, the_balance_is_read) {
  const auto settings = read_settings(json{
      {"gateway", "skebby"},
      {"account", SkebbyPeer::kUser},
      {"password", SkebbyPeer::kPassword},
      {"base_url", gateway.base_url()}}.dump());
  ASSERT_TRUE(settings);
  Gateway asked(*settings);
  const auto credit = asked.balance(std::chrono::seconds(5));
  ASSERT_TRUE(credit) << credit.error().message;
  EXPECT_EQ(credit->amount, "12.5");
  EXPECT_EQ(credit->currency, "EUR");
}

TEST(SmsHttpPlugin, refuses_what_is_wrong_by_name) {
  EXPECT_THAT(test::refusal_of("sms_http", {{"gateway", "nessuno"}}), HasSubstr("gateway: there is no gateway \"nessuno\""));
}

TEST(SmsHttpPlugin, the_readme_tells_every_setting) {
  test::expect_told(test::whole_file("plugins/sms_http/README.md"), json::parse(test::whole_file("plugins/sms_http/schema.json")),
                    "sms_http");
}

}  // namespace
}  // namespace messo::sms_http
