// Sending: the pec plugin against a real server that misbehaves, seen from the hub's side of the border.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "peers/smtp_peer.hpp"
#include "peers/test_certificates.hpp"
#include "plugin_documents.hpp"
#include "plugin_test.hpp"

namespace messo::test {
namespace {

using nlohmann::json;
using peers::SmtpPeer;
using peers::SmtpPeerOptions;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr auto kAddress = "protocollo@pec.comune.example.it";
constexpr auto kPassword = "parola-d-ordine";
using References = std::vector<std::pair<std::string, std::string>>;

struct PecPlugin : PluginTest {
  static peers::TestAuthority& authority() {
    static peers::TestAuthority one;
    return one;
  }
  std::unique_ptr<SmtpPeer> peer;

  void serve(SmtpPeerOptions::Tls tls = SmtpPeerOptions::Tls::implicit) {
    static const auto files = authority().issue("localhost", "DNS:localhost,IP:127.0.0.1");
    SmtpPeerOptions options;
    options.tls = tls;
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    options.username = kAddress;
    options.password = kPassword;
    peer = std::make_unique<SmtpPeer>(options);
  }
  json config(json more = json::object()) const {
    json base{{"from", std::string("Comune di Esempio <") + kAddress + ">"},
              {"host", "127.0.0.1"},
              {"port", peer->port()},
              {"password", kPassword},
              {"ca_file", authority().ca_file()},
              {"roots", authority().ca_file()},
              {"connections", 1},
              {"refused_attachments", json::array({"exe"})},
              {"timeouts", {{"greeting", 1}, {"command", 1}, {"block", 1}, {"final", 1}}},
              {"mailbox", {{"host", "127.0.0.1"}, {"port", 1}}}};
    base.update(more);
    return base;
  }
  void start(json more = json::object()) {
    if (!peer) serve();
    host = std::make_unique<BorderHost>("pec", config(std::move(more)));
  }
  static TestMessage notice(unsigned number) {
    auto out = numbered(number);
    out.channel = "pec";
    out.to = "mario.rossi@pec.example.it";
    out.from = kAddress;
    out.from_name.clear();
    return out;
  }
  static std::string id_of(const TestMessage& message) { return plugin::to_string(message.delivery) + "@pec.comune.example.it"; }
  void TearDown() override {
    PluginTest::TearDown();
    if (!host) return;
    for (const auto& line : host->log()) EXPECT_THAT(line, Not(HasSubstr(kPassword)));
  }
};

TEST_F(PecPlugin, describes_itself) {
  const auto& table = BorderHost::table("pec");
  EXPECT_STREQ(table.name, "pec");
  EXPECT_STREQ(table.channels[0], "pec");
  EXPECT_EQ(table.channels[1], nullptr);
  const auto rates = json::parse(table.config_schema_json).at(json::json_pointer("/properties/preset/x-rates"));
  EXPECT_EQ(rates, (json{{"legalmail", {{"per_minute", 6}}}, {"poste", {{"per_day", 200}}}})) << "what the hub limits by itself";
  expect_told(whole_file("plugins/pec/README.md"), json::parse(table.config_schema_json), "pec");
  expect_closed_and_sealed(json::parse(table.config_schema_json));
}

TEST_F(PecPlugin, sends_one_message_as_the_rules_of_pec_want_it) {
  start();
  const auto message = notice(1);
  const auto outcome = host->send(message);
  EXPECT_EQ(outcome.kind, MESSO_PENDING) << outcome.private_text;
  EXPECT_EQ(outcome.references, (References{{"message-id", id_of(message)}}));
  const auto mails = peer->mails();
  ASSERT_EQ(mails.size(), 1U);
  EXPECT_EQ(mails[0].sender, kAddress) << "envelope, header and account are the same mailbox";
  EXPECT_EQ(mails[0].recipient, "mario.rossi@pec.example.it");
  EXPECT_EQ(mails[0].message_id, "<" + id_of(message) + ">");
  EXPECT_THAT(mails[0].bytes, HasSubstr("From: Comune di Esempio <protocollo@pec.comune.example.it>\r\n"));
  EXPECT_THAT(mails[0].bytes, HasSubstr("To: Mario Rossi <mario.rossi@pec.example.it>\r\n"));
  EXPECT_THAT(mails[0].bytes, HasSubstr("X-TipoRicevuta: breve\r\n"));
  EXPECT_THAT(mails[0].bytes, HasSubstr("Auto-Submitted: auto-generated\r\n"));
  for (const char* never : {"Bcc", "Cc:", "Disposition-Notification-To", "Return-Receipt-To"})
    EXPECT_THAT(mails[0].bytes, Not(HasSubstr(never)));
  for (const char* never : {"NOTIFY", "RET=", "ENVID", "ORCPT"})
    EXPECT_THAT(mails[0].parameters, Not(HasSubstr(never))) << "the server offers DSN";
  EXPECT_EQ(peer->stats().secured, 1U);
  EXPECT_EQ(peer->stats().signed_in, 1U);
}

TEST_F(PecPlugin, asks_for_the_kind_of_receipt_that_is_configured) {
  start({{"receipt_kind", "completa"}});
  host->send(notice(1));
  EXPECT_THAT(peer->mails().at(0).bytes, HasSubstr("X-TipoRicevuta: completa\r\n"));
}

TEST_F(PecPlugin, sends_over_starttls_and_never_without_tls) {
  serve(SmtpPeerOptions::Tls::starttls);
  start({{"tls", "starttls"}});
  EXPECT_EQ(host->send(notice(1)).kind, MESSO_PENDING);
  EXPECT_EQ(peer->stats().secured, 1U);
  host.reset();

  peer = std::make_unique<SmtpPeer>();
  start({{"tls", "starttls"}});
  const auto outcome = host->send(notice(2));
  EXPECT_EQ(outcome.code, "smtp.starttls_missing");
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(PecPlugin, keeps_the_very_bytes_durably_before_anything_of_the_message_leaves) {
  start();
  std::atomic<std::uint64_t> commands_then{0};
  host->on_keep([&](const TestKept&) {
    commands_then = peer->stats().commands;
    return true;
  });
  const auto message = notice(1);
  EXPECT_EQ(host->send(message).kind, MESSO_PENDING);
  const auto kept = host->kept();
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].bytes, peer->mails().at(0).bytes);
  EXPECT_EQ(kept[0].references, (References{{"message-id", id_of(message)}}));
  EXPECT_EQ(peer->stats().commands - commands_then, 3U) << "MAIL, RCPT and DATA came after";
}

TEST_F(PecPlugin, sends_nothing_that_could_not_be_kept) {
  start();
  host->on_keep([](const TestKept&) { return false; });
  const auto outcome = host->send(notice(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_EQ(outcome.code, "pec.not_kept");
  EXPECT_TRUE(outcome.throttled) << "costs no attempt";
  EXPECT_GT(outcome.retry_after_ms, 0);
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(PecPlugin, what_follows_on_the_same_connection_is_kept_before_its_envelope_leaves) {
  start({{"queue_per_connection", 8}});
  std::vector<TestMessage> batch;
  for (unsigned i = 0; i < 8; ++i) batch.push_back(notice(i));
  ASSERT_EQ(host->submit(batch), MESSO_OK);
  ASSERT_TRUE(host->wait_for(8));
  const auto mails = peer->mails();
  const auto kept = host->kept();
  ASSERT_EQ(mails.size(), 8U);
  ASSERT_EQ(kept.size(), 8U);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(kept[i].bytes, mails[i].bytes);
}

TEST_F(PecPlugin, a_connection_lost_after_the_final_dot_is_unknown_and_named_and_not_sent_again) {
  start();
  peer->add("final=drop*1");
  const auto message = notice(1);
  const auto outcome = host->send(message);
  EXPECT_EQ(outcome.kind, MESSO_UNKNOWN);
  EXPECT_EQ(outcome.code, "smtp.closed.final_dot");
  EXPECT_EQ(outcome.references, (References{{"message-id", id_of(message)}})) << "the accettazione settles it";
  EXPECT_EQ(host->send(notice(2)).kind, MESSO_PENDING);
  EXPECT_EQ(peer->ids().at("<" + id_of(message) + ">"), 1U);
}

TEST_F(PecPlugin, a_connection_lost_before_the_final_dot_is_safe_to_repeat) {
  start();
  peer->add("data=drop*1");
  const auto outcome = host->send(notice(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.references.empty());
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(PecPlugin, gives_every_attempt_of_a_delivery_the_same_message_id_and_bytes) {
  start();
  auto first = notice(1);
  auto again = notice(2);
  again.delivery = first.delivery;
  host->send(first);
  host->send(again);
  EXPECT_EQ(peer->mails().at(0).bytes, peer->mails().at(1).bytes);
}

TEST_F(PecPlugin, legalmails_too_much_traffic_pauses_and_costs_no_attempt) {
  start({{"preset", "legalmail"}, {"throttle_seconds", 66}});
  peer->add("mail=reply:550 MAIL from: \"" + std::string(kAddress) + "\" blocked \"Class Of Service\" - Too much traffic from this sender");
  const auto outcome = host->send(notice(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(outcome.scope, MESSO_SCOPE_PROVIDER);
  EXPECT_EQ(outcome.retry_after_ms, 66'000);
  host->stop();
  ASSERT_EQ(host->grants().size(), 2U);
  EXPECT_GT(host->grants()[1].pause_until_ms, 0);
  ASSERT_FALSE(host->log().empty());
  EXPECT_TRUE(host->log()[0].starts_with("pec.throttled")) << host->log()[0];
}

TEST_F(PecPlugin, a_refused_login_pauses_and_says_so) {
  start({{"password", "sbagliata"}});
  const auto outcome = host->send(notice(1));
  EXPECT_EQ(outcome.kind, MESSO_TRY_LATER);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(outcome.retry_after_ms, 900'000) << "providers lock accounts that try too often";
  EXPECT_TRUE(host->kept().empty());
  host->stop();
  ASSERT_GE(host->grants().size(), 2U);
  EXPECT_THAT(host->grants()[1].reason, HasSubstr("check username and password"));
  EXPECT_TRUE(host->log().at(0).starts_with("pec.account_refused")) << host->log()[0];
}

TEST_F(PecPlugin, a_message_larger_than_the_provider_takes_is_refused_untried) {
  start({{"max_message_bytes", 20'000}});
  auto attached = notice(1);
  attached.attachments = {{"atto.pdf", "application/pdf", std::string(16'000, 'x')}};
  EXPECT_EQ(host->send(attached).code, "pec.too_big") << "16,000 bytes are 21,000 in base64";
  auto text = notice(2);
  text.parts["text"] = std::string(30'000, 'x');
  EXPECT_EQ(host->send(text).code, "pec.too_big");
  EXPECT_EQ(host->send(text = notice(3)).kind, MESSO_PENDING);
  EXPECT_EQ(peer->stats().messages, 1U);
  EXPECT_EQ(host->kept().size(), 1U);
}

TEST_F(PecPlugin, programs_are_refused_before_the_provider_would) {
  start();
  auto program = notice(1);
  program.attachments = {{"fattura.pdf.exe", "application/pdf", "testo"}};
  const auto outcome = host->send(program);
  EXPECT_EQ(outcome.kind, MESSO_REFUSED);
  EXPECT_EQ(outcome.code, "pec.refused_attachment");
  EXPECT_THAT(outcome.public_text, HasSubstr(".exe"));
  EXPECT_THAT(outcome.public_text, Not(HasSubstr("fattura"))) << "a file's name may hold personal data";
  auto harmless = notice(2);
  harmless.attachments = {{"atto.pdf", "application/pdf", "%PDF-1.7"}};
  EXPECT_EQ(host->send(harmless).kind, MESSO_PENDING);
}

TEST_F(PecPlugin, only_the_mailbox_itself_may_be_the_sender) {
  start();
  auto foreign = notice(1);
  foreign.from = "ufficio@comune.example.it";
  const auto outcome = host->send(foreign);
  EXPECT_EQ(outcome.kind, MESSO_REFUSED);
  EXPECT_EQ(outcome.code, "pec.wrong_sender");
  auto unnamed = notice(2);
  unnamed.from.clear();
  EXPECT_EQ(host->send(unnamed).kind, MESSO_PENDING);
  auto shouting = notice(3);
  shouting.from = "PROTOCOLLO@PEC.COMUNE.EXAMPLE.IT";
  EXPECT_EQ(host->send(shouting).kind, MESSO_PENDING);
  EXPECT_EQ(peer->mails().at(1).sender, kAddress) << "as the provider knows it";
}

TEST_F(PecPlugin, an_address_pec_cannot_reach_is_refused) {
  start();
  auto broken = notice(1);
  broken.to = "non un indirizzo";
  EXPECT_EQ(host->send(broken).code, "pec.bad_address");
  EXPECT_EQ(host->outcome(broken.attempt).scope, MESSO_SCOPE_DESTINATION);
  auto forged = notice(2);
  forged.parts["subject"] = "Atto\r\nBcc: altri@example.it";
  EXPECT_EQ(host->send(forged).code, "pec.bad_message");
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(PecPlugin, a_probe_tells_of_both_ways) {
  start();
  const auto [code, report] = host->probe();
  EXPECT_EQ(code, MESSO_E_IO) << "nobody serves the mailbox here";
  EXPECT_THAT(report, HasSubstr("Sending: Connected to 127.0.0.1"));
  EXPECT_THAT(report, HasSubstr("Mailbox: "));
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(PecPlugin, a_configuration_that_cannot_be_meant_is_refused_with_field_and_remedy) {
  serve();
  const std::vector<std::pair<json, std::string>> cases{
      {{{"from", "nessuno"}}, "from:"},
      {{{"host", ""}}, "host:"},
      {{{"roots", "/nonexistent"}}, "roots:"},
      {{{"ca_file", "/nonexistent"}}, "ca_file"},
      {{{"mailbox", {{"host", ""}}}}, "mailbox.host:"},
  };
  for (const auto& [more, sentence] : cases) EXPECT_THAT(refusal_of("pec", config(more)), StartsWith(sentence)) << more.dump();
}

}  // namespace
}  // namespace messo::test
