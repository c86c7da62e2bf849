// The smtp plugin against a real server that misbehaves, seen from the hub's side of the border.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "mail/verp.hpp"
#include "peers/smtp_peer.hpp"
#include "peers/test_certificates.hpp"
#include "plugin_test.hpp"

namespace messo::test {
namespace {

using nlohmann::json;
using peers::SmtpPeer;
using peers::SmtpPeerOptions;
using namespace std::chrono_literals;

struct SmtpPlugin : PluginTest {
  std::unique_ptr<SmtpPeer> peer = std::make_unique<SmtpPeer>();

  json config(json more = json::object()) const {
    json base{{"host", "127.0.0.1"},
              {"port", peer->port()},
              {"tls", "none"},
              {"connections", 2},
              {"timeouts", {{"greeting", 1}, {"command", 1}, {"block", 1}, {"final", 1}}}};
    base.update(more);
    return base;
  }
  void start(json more = json::object()) { host = std::make_unique<BorderHost>("smtp", config(std::move(more))); }
};

TEST_F(SmtpPlugin, describes_itself) {
  const auto& table = BorderHost::table("smtp");
  EXPECT_STREQ(table.name, "smtp");
  EXPECT_STREQ(table.channels[0], "email");
  EXPECT_EQ(json::parse(table.config_schema_json).at("additionalProperties"), false);
}

TEST_F(SmtpPlugin, delivers_a_message_and_names_it_for_later_receipts) {
  start();
  EXPECT_EQ(host->grants().at(0).messages, 2U * 64U) << "two connections, each with the default queue";
  const auto message = numbered(1);
  const auto outcome = host->send(message);
  EXPECT_EQ(outcome.kind, MESSO_SENT) << outcome.private_text;
  EXPECT_EQ(outcome.code, "smtp.250-2.0.0");
  const auto mails = peer->mails();
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_EQ(mails[0].recipient, "mario.rossi@example.it");
  EXPECT_EQ(mails[0].sender, "noreply@comune.example.it");
  const auto id = "<" + plugin::to_string(message.delivery) + "@comune.example.it>";
  EXPECT_EQ(mails[0].message_id, id);
  EXPECT_EQ(outcome.references, (std::vector<std::pair<std::string, std::string>>{{"delivery", plugin::to_string(message.delivery)}}));
}

TEST_F(SmtpPlugin, sends_the_same_bytes_again_for_the_same_delivery) {
  start();
  auto first = numbered(1);
  auto second = numbered(2);
  second.delivery = first.delivery;
  host->send(first);
  host->send(second);
  const auto mails = peer->mails();
  ASSERT_EQ(mails.size(), 2U);
  EXPECT_EQ(mails[0].bytes, mails[1].bytes);
}

TEST_F(SmtpPlugin, delivers_a_thousand_messages_each_once_over_few_connections) {
  start({{"connections", 4}, {"messages_per_connection", 100}});
  std::size_t next = 0;
  while (next < 1000) {
    std::vector<TestMessage> batch;
    for (std::size_t i = next; i < std::min<std::size_t>(next + 16, 1000); ++i) {
      batch.push_back(numbered(static_cast<unsigned>(i)));
      batch.back().to = "user" + std::to_string(i) + "@example.it";
    }
    if (host->submit(batch) == MESSO_OK)
      next += batch.size();
    else
      std::this_thread::yield();
  }
  ASSERT_TRUE(host->wait_for(1000));
  EXPECT_EQ(host->kinds(), (std::map<std::string, unsigned>{{"smtp.250-2.0.0", 1000}}));
  const auto ids = peer->ids();
  EXPECT_EQ(ids.size(), 1000U);
  for (const auto& [id, times] : ids) EXPECT_EQ(times, 1U);
  for (const auto& mail : peer->mails())
    EXPECT_NE(mail.bytes.find("<" + mail.recipient + ">"), std::string::npos) << "a body went to somebody else";
  EXPECT_LE(peer->stats().connections, 16U);
  EXPECT_GE(peer->stats().connections, 10U) << "100 messages a connection";
}

TEST_F(SmtpPlugin, never_holds_more_than_it_granted) {
  start({{"connections", 1}, {"queue_per_connection", 4}});
  peer->add("banner=hang");
  std::vector<TestMessage> batch;
  for (unsigned i = 0; i < 4; ++i) batch.push_back(numbered(i));
  EXPECT_EQ(host->submit(batch), MESSO_OK);
  EXPECT_EQ(host->submit({numbered(9)}), MESSO_E_BUSY);
  peer->clear();
}

TEST_F(SmtpPlugin, lets_urgent_messages_overtake) {
  start({{"connections", 1}, {"queue_per_connection", 64}});
  peer->add("banner=delay:200");
  std::vector<TestMessage> batch;
  for (unsigned i = 0; i < 20; ++i) {
    batch.push_back(numbered(i));
    batch.back().priority = MESSO_BULK;
    batch.back().to = "bulk@example.it";
  }
  ASSERT_EQ(host->submit(batch), MESSO_OK);
  auto urgent = numbered(100);
  urgent.priority = MESSO_URGENT;
  urgent.to = "urgent@example.it";
  ASSERT_EQ(host->submit({urgent}), MESSO_OK);
  ASSERT_TRUE(host->wait_for(21));
  const auto mails = peer->mails();
  const auto place =
      std::find_if(mails.begin(), mails.end(), [](const auto& mail) { return mail.recipient == "urgent@example.it"; }) - mails.begin();
  EXPECT_LE(place, 2);
}

TEST_F(SmtpPlugin, refused_address_is_the_destinations_fault) {
  start();
  peer->add("rcpt=reply:550 5.1.1 <mario.rossi@example.it> no such user");
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.kind, MESSO_REFUSED);
  EXPECT_EQ(outcome.scope, MESSO_SCOPE_DESTINATION);
  EXPECT_EQ(outcome.code, "smtp.550-5.1.1");
  EXPECT_EQ(outcome.public_text.find("mario"), std::string::npos);
  EXPECT_EQ(outcome.private_text.find("mario"), std::string::npos) << "no personal data in logs";
}

TEST_F(SmtpPlugin, five_percent_refused_recipients_leave_the_rest_delivered) {
  start();
  peer->add("rcpt=reply:550 5.1.1 no such user%5");
  std::size_t next = 0;
  while (next < 300) {
    auto message = numbered(static_cast<unsigned>(next));
    message.to = "user" + std::to_string(next) + "@example.it";
    if (host->submit({message}) == MESSO_OK)
      ++next;
    else
      std::this_thread::yield();
  }
  ASSERT_TRUE(host->wait_for(300));
  const auto kinds = host->kinds();
  ASSERT_EQ(kinds.size(), 2U);
  EXPECT_EQ(kinds.at("smtp.250-2.0.0"), peer->stats().messages);
  EXPECT_EQ(kinds.at("smtp.250-2.0.0") + kinds.at("smtp.550-5.1.1"), 300U);
}

TEST_F(SmtpPlugin, temporary_refusal_is_tried_later_and_costs_an_attempt) {
  start();
  peer->add("rcpt=reply:451 4.3.0 later");
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_FALSE(outcome.throttled);
  EXPECT_EQ(outcome.retry_after_ms, -1) << "the hub decides";
  EXPECT_EQ(host->grants().size(), 1U) << "no pause for one message";
}

TEST_F(SmtpPlugin, server_that_says_421_pauses_the_provider_and_costs_nothing) {
  start({{"throttle_seconds", 77}});
  peer->add("mail=reply-then-drop:421 4.3.2 shutting down");
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(outcome.scope, MESSO_SCOPE_PROVIDER);
  EXPECT_EQ(outcome.retry_after_ms, 77'000);
  host->stop();
  ASSERT_EQ(host->grants().size(), 2U);
  EXPECT_GT(host->grants()[1].pause_until_ms, 0);
  EXPECT_NE(host->grants()[1].reason.find("421 4.3.2 shutting down"), std::string::npos);
}

TEST_F(SmtpPlugin, unreachable_server_pauses_shortly_and_recovers) {
  start();
  peer->refuse_connections();
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.code, "smtp.connect_failed");
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(outcome.retry_after_ms, 1000) << "the first pause is short";
  peer->accept_connections();
  // While the pause lasts messages come back untouched; then one goes through.
  for (unsigned i = 2;; ++i) {
    ASSERT_LT(i, 10'000'000U);
    const auto again = host->send(numbered(i));
    if (again.kind == MESSO_SENT) break;
    ASSERT_EQ(again.code, "smtp.connect_failed");
    ASSERT_TRUE(again.throttled);
    std::this_thread::yield();
  }
}

TEST_F(SmtpPlugin, hanging_server_times_out_before_the_body_safely) {
  start();
  peer->add("rcpt=hang");
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.code, "smtp.timeout.rcpt");
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
}

TEST_F(SmtpPlugin, connection_lost_after_the_final_dot_is_unknown_and_still_named) {
  start();
  peer->add("final=drop*1");
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.kind, MESSO_UNKNOWN);
  EXPECT_EQ(outcome.code, "smtp.closed.final_dot");
  EXPECT_EQ(outcome.references.size(), 1U) << "a bounce may still settle it";
  EXPECT_EQ(host->send(numbered(2)).kind, MESSO_SENT);
}

TEST_F(SmtpPlugin, connection_closed_while_idle_is_no_failure) {
  start({{"connections", 1}});
  EXPECT_EQ(host->send(numbered(1)).kind, MESSO_SENT);
  peer->add("mail=drop*1");  // what a server does whose idle limit passes just as we speak
  EXPECT_EQ(host->send(numbered(2)).kind, MESSO_SENT);
  EXPECT_EQ(peer->stats().connections, 2U);
}

TEST_F(SmtpPlugin, one_connection_too_many_does_not_pause_the_others) {
  start({{"connections", 4}});
  peer->add("banner=reply-then-drop:421 4.7.0 too many connections+1");
  std::vector<TestMessage> batch;
  EXPECT_EQ(host->send(numbered(0)).kind, MESSO_SENT);
  for (unsigned i = 1; i < 40; ++i) batch.push_back(numbered(i));
  ASSERT_EQ(host->submit(batch), MESSO_OK);
  ASSERT_TRUE(host->wait_for(40));
  EXPECT_EQ(host->kinds().at("smtp.250-2.0.0"), 40U);
  EXPECT_EQ(host->grants().size(), 1U);
}

TEST_F(SmtpPlugin, wrong_password_pauses_the_provider_and_gives_every_message_back) {
  SmtpPeerOptions options;
  options.username = "comune";
  options.password = "giusta";
  peer = std::make_unique<SmtpPeer>(options);
  start({{"username", "comune"}, {"password", "sbagliata"}, {"account_pause_seconds", 600}});
  std::vector<TestMessage> batch;
  for (unsigned i = 0; i < 20; ++i) batch.push_back(numbered(i));
  ASSERT_EQ(host->submit(batch), MESSO_OK);
  ASSERT_TRUE(host->wait_for(20));
  for (const auto& message : batch) {
    const auto outcome = host->outcome(message.attempt);
    EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
    EXPECT_EQ(outcome.scope, MESSO_SCOPE_PROVIDER);
    EXPECT_TRUE(outcome.throttled) << "costs no attempt";
    EXPECT_EQ(outcome.code, "smtp.535-5.7.8");
  }
  host->stop();
  ASSERT_GE(host->grants().size(), 2U);
  EXPECT_NE(host->grants()[1].reason.find("check username and password"), std::string::npos);
  ASSERT_FALSE(host->log().empty());
  EXPECT_TRUE(host->log()[0].starts_with("smtp.account_refused")) << host->log()[0];
  for (const auto& line : host->log()) EXPECT_EQ(line.find("sbagliata"), std::string::npos);
}

TEST_F(SmtpPlugin, bad_certificate_sends_nothing_and_pauses) {
  peers::TestAuthority authority;
  const auto files = authority.self_signed("localhost", "DNS:localhost");
  SmtpPeerOptions options;
  options.tls = SmtpPeerOptions::Tls::starttls;
  options.certificate_file = files.certificate;
  options.key_file = files.key;
  peer = std::make_unique<SmtpPeer>(options);
  start({{"host", "localhost"}, {"tls", "starttls"}, {"ca_file", authority.ca_file()}});
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.code, "smtp.certificate_invalid");
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(SmtpPlugin, delivers_over_starttls_with_sign_in) {
  peers::TestAuthority authority;
  const auto files = authority.issue("localhost", "DNS:localhost");
  SmtpPeerOptions options;
  options.tls = SmtpPeerOptions::Tls::starttls;
  options.certificate_file = files.certificate;
  options.key_file = files.key;
  options.username = "comune";
  options.password = "giusta";
  peer = std::make_unique<SmtpPeer>(options);
  start({{"host", "localhost"}, {"tls", "starttls"}, {"ca_file", authority.ca_file()}, {"username", "comune"}, {"password", "giusta"}});
  EXPECT_EQ(host->send(numbered(1)).kind, MESSO_SENT);
  EXPECT_GE(peer->stats().secured, 1U);
  const auto [code, report] = host->probe();
  EXPECT_EQ(code, MESSO_OK) << report;
  EXPECT_NE(report.find("signed in"), std::string::npos);
}

TEST_F(SmtpPlugin, probe_tells_what_is_wrong_without_sending) {
  start();
  EXPECT_EQ(host->probe().first, MESSO_OK);
  peer->add("ehlo=reply:554 5.7.1 your address is listed");
  const auto [code, report] = host->probe();
  EXPECT_EQ(code, MESSO_E_IO);
  EXPECT_NE(report.find("your address is listed"), std::string::npos);
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(SmtpPlugin, a_message_too_late_is_not_sent) {
  start();
  auto message = numbered(1);
  message.send_before_ms = 1000;
  EXPECT_EQ(host->send(message).code, "smtp.too_late");
  auto forgotten = numbered(2);
  forgotten.answer_by_ms = 1000;
  EXPECT_EQ(host->send(forgotten).code, "smtp.too_late") << "the hub may have given it to another provider";
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(SmtpPlugin, bad_addresses_and_forged_headers_are_refused) {
  start();
  auto address = numbered(1);
  address.to = "not an address";
  EXPECT_EQ(host->send(address).code, "smtp.bad_address");
  EXPECT_EQ(host->outcome(address.attempt).scope, MESSO_SCOPE_DESTINATION);
  auto subject = numbered(2);
  subject.parts["subject"] = "Prova\r\nBcc: altri@example.it";
  EXPECT_EQ(host->send(subject).code, "smtp.bad_message");
  auto empty = numbered(3);
  empty.parts = {{"subject", "vuoto"}};
  EXPECT_EQ(host->send(empty).kind, MESSO_REFUSED);
  auto orphan = numbered(4);
  orphan.from.clear();
  EXPECT_EQ(host->send(orphan).kind, MESSO_REFUSED);
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(SmtpPlugin, an_unreadable_attachment_is_tried_later) {
  start();
  auto message = numbered(1);
  message.attachments = {{"atto.pdf", "application/pdf", "unreadable"}};
  EXPECT_EQ(host->send(message).code, "smtp.attachment_unreadable");
}

TEST_F(SmtpPlugin, attachments_arrive) {
  start();
  auto message = numbered(1);
  message.attachments = {{"atto.pdf", "application/pdf", "%PDF-1.7 contenuto"}};
  EXPECT_EQ(host->send(message).kind, MESSO_SENT);
  EXPECT_NE(peer->mails().at(0).bytes.find("filename=\"atto.pdf\""), std::string::npos);
}

TEST_F(SmtpPlugin, return_path_names_the_delivery_when_verp_is_on) {
  start({{"verp_domain", "rimbalzi.example.it"}, {"verp_key", "0123456789abcdef"}});
  const auto message = numbered(7);
  host->send(message);
  const auto found = mail::delivery_of_verp(peer->mails().at(0).sender, "0123456789abcdef");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->to_string(), plugin::to_string(message.delivery));
}

TEST_F(SmtpPlugin, an_administrators_exception_turns_a_refusal_into_a_throttle) {
  start({{"replies", json::array({{{"match", "troppi invii"}, {"class", "throttle"}}})}});
  peer->add("rcpt=reply:550 5.1.1 troppi invii oggi");
  const auto outcome = host->send(numbered(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.throttled);
}

TEST_F(SmtpPlugin, stopping_gives_back_what_waits_and_finishes_what_is_on_the_wire) {
  start({{"connections", 1}, {"queue_per_connection", 32}});
  peer->add("final=delay:300*1");
  std::vector<TestMessage> batch;
  for (unsigned i = 0; i < 20; ++i) batch.push_back(numbered(i));
  ASSERT_EQ(host->submit(batch), MESSO_OK);
  ASSERT_TRUE(peer->wait_for(1, 5s));
  host->stop(5000);
  const auto kinds = host->kinds();
  EXPECT_EQ(kinds.at("smtp.250-2.0.0"), peer->stats().messages);
  EXPECT_EQ(kinds.at("smtp.250-2.0.0") + kinds.at("smtp.stopping"), 20U);
  EXPECT_LE(peer->stats().messages, 2U);
}

TEST_F(SmtpPlugin, stopping_does_not_wait_for_a_server_that_hangs) {
  start({{"timeouts", {{"final", 600}}}});
  peer->add("final=hang");
  ASSERT_EQ(host->submit({numbered(1)}), MESSO_OK);
  ASSERT_TRUE(peer->wait_for(1, 5s));
  const auto before = std::chrono::steady_clock::now();
  host->stop(100);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
  EXPECT_EQ(host->outcome(numbered(1).attempt).kind, MESSO_UNKNOWN);
}

TEST_F(SmtpPlugin, refuses_a_configuration_that_cannot_be_meant_and_says_what_to_do) {
  const std::vector<std::pair<json, std::string>> cases{
      {{{"host", "mail.example.it"}, {"tls", "none"}}, "tls:"},
      {{{"username", "x"}}, "password:"},
      {{{"password", "x"}}, "username:"},
      {{{"from", "not an address"}}, "from:"},
      {{{"return_path", "nobody"}}, "return_path:"},
      {{{"verp_domain", "b.example.it"}}, "verp_key:"},
      {{{"verp_domain", "b.example.it"}, {"verp_key", "short"}}, "verp_key:"},
      {{{"tls", "implicit"}, {"ca_file", "/nonexistent"}}, "ca_file"},
      {{{"replies", json::array({{{"match", "("}, {"class", "throttle"}}})}}, "replies:"},
  };
  for (const auto& [more, sentence] : cases) EXPECT_THAT(refusal_of("smtp", config(more)), ::testing::StartsWith(sentence)) << more.dump();
}

}  // namespace
}  // namespace messo::test
