// Receipts: the pec plugin reads them from a real Dovecot, as two providers would have filed them, and tells the hub what they prove.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/dovecot.hpp"
#include "peers/pec_receipts.hpp"
#include "peers/smtp_peer.hpp"
#include "plugin_test.hpp"

namespace messo::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr auto kBox = "protocollo@pec.comune.example.it";
constexpr auto kSecret = "una parola segreta";

struct PecMailbox : PluginTest {
  void SetUp() override {
    if (const auto why = peers::Dovecot::missing()) GTEST_SKIP() << *why;
    peers::DovecotOptions server;
    server.users = {{kBox, kSecret}};
    dovecot = std::make_unique<peers::Dovecot>(server);
    const auto files = dovecot->authority().issue("localhost", "DNS:localhost,IP:127.0.0.1");
    peers::SmtpPeerOptions options;
    options.tls = peers::SmtpPeerOptions::Tls::implicit;
    options.certificate_file = files.certificate;
    options.key_file = files.key;
    options.username = kBox;
    options.password = kSecret;
    peer = std::make_unique<peers::SmtpPeer>(options);
    ours = std::make_unique<peers::PecProvider>(signers, "Gestore A S.p.A.", "pec.gestore-a.example");
    theirs = std::make_unique<peers::PecProvider>(signers, "Gestore B S.p.A.", "pec.gestore-b.example");
  }
  void start(json mailbox = json::object(), json more = json::object()) {
    json box{{"host", "localhost"}, {"port", dovecot->imaps_port()}, {"username", kBox}, {"password", kSecret}, {"idle", false}};
    box.update(mailbox);
    json config{{"from", kBox},        {"host", "localhost"},           {"port", peer->port()},
                {"password", kSecret}, {"ca_file", dovecot->ca_file()}, {"roots", signers.ca_file()},
                {"mailbox", box}};
    config.update(more);
    host = std::make_unique<BorderHost>("pec", config);
  }
  // Sends a notice and returns it as the provider took it.
  peers::PecOriginal sent(bool external = false) {
    auto notice = numbered(++count);
    notice.channel = "pec";
    notice.to = "mario.rossi@pec.cittadini.example.it";
    notice.from = kBox;
    const auto outcome = host->send(notice);
    EXPECT_EQ(outcome.kind, MESSO_PENDING) << outcome.private_text;
    const auto mails = peer->mails();
    return {ours->new_id("opec"), outcome.references.at(0).second, kBox, "Prova", {{notice.to, external}}, mails.back().bytes};
  }
  void filed(const peers::PecProvider& by, const peers::PecOriginal& of, const std::string& tipo) {
    peers::PecReceipt receipt;
    receipt.tipo = tipo;
    if (tipo != "accettazione") receipt.consegna = of.recipients.front().address;
    dovecot->put(peers::make_receipt(by, of, receipt));
  }
  std::vector<plugin::Receipt> receipts(const std::string& cursor = {}) {
    const auto page = host->poll(host->mailboxes().at(0), cursor);
    EXPECT_EQ(page.code, MESSO_OK) << page.error;
    last_cursor = page.cursor;
    std::vector<plugin::Receipt> out;
    for (const auto& item : page.items) {
      EXPECT_EQ(item.code, "") << item.problem;
      out.insert(out.end(), item.receipts.begin(), item.receipts.end());
      ids.push_back(item.id);
    }
    return out;
  }

  peers::TestAuthority signers;
  std::unique_ptr<peers::Dovecot> dovecot;
  std::unique_ptr<peers::SmtpPeer> peer;
  std::unique_ptr<peers::PecProvider> ours, theirs;
  std::string last_cursor;
  std::vector<std::string> ids;
  unsigned count = 0;
};

TEST_F(PecMailbox, an_accettazione_and_a_consegna_are_read_verified_and_named_by_our_message_id) {
  start();
  const auto notice = sent();
  filed(*ours, notice, "accettazione");
  filed(*theirs, notice, "avvenuta-consegna");
  const auto all = receipts();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, MESSO_RECEIPT_MILESTONE);
  EXPECT_EQ(all[0].milestone, MESSO_MILESTONE_ACCEPTED);
  EXPECT_EQ(all[0].code, "pec.accepted");
  ASSERT_EQ(all[0].learned.size(), 1U);
  EXPECT_EQ(all[0].learned[0].value, notice.identificativo);
  EXPECT_EQ(all[1].kind, MESSO_RECEIPT_DELIVERED);
  EXPECT_EQ(all[1].code, "pec.delivered");
  for (const auto& one : all) {
    EXPECT_EQ(one.verification, MESSO_VALID);
    EXPECT_EQ(one.references.at(0).kind, "message-id");
    EXPECT_EQ(one.references.at(0).value, notice.message_id);
    EXPECT_THAT(one.raw, HasSubstr("smime.p7s")) << "the whole receipt, as it came";
  }
  EXPECT_TRUE(receipts(last_cursor).empty()) << "each is handed out once";
}

TEST_F(PecMailbox, what_people_get_in_the_same_mailbox_is_left_alone) {
  start();
  const auto notice = sent();
  dovecot->put(peers::make_envelope(
      *theirs,
      {"opec.1@pec.gestore-b.example", "x@y.example", "cittadino@pec.example", "Una domanda", {{kBox}}, "Subject: x\r\n\r\ny\r\n"}));
  dovecot->put("From: qualcuno@example.it\r\nTo: " + std::string(kBox) + "\r\nMessage-ID: <1@example.it>\r\nSubject: ciao\r\n\r\nciao\r\n");
  filed(*ours, notice, "accettazione");
  EXPECT_EQ(receipts().size(), 1U);
  for (const auto& file : dovecot->files()) {
    const auto name = file.filename().string();
    EXPECT_EQ(name.substr(std::min(name.find(":2,"), name.size())).find('S'), std::string::npos) << "nothing is marked as read";
  }
}

TEST_F(PecMailbox, a_receipt_that_was_altered_or_signed_by_a_stranger_is_told_as_such) {
  start();
  const auto notice = sent();
  peers::PecReceipt delivered;
  delivered.tipo = "avvenuta-consegna";
  delivered.consegna = notice.recipients.front().address;
  dovecot->put(peers::altered(peers::make_receipt(*theirs, notice, delivered), "Content-Type: text/plain", "Content-Type: text/plane"));
  peers::TestAuthority stranger;
  dovecot->put(peers::make_receipt(peers::PecProvider(stranger, "Gestore X", "pec.gestore-x.example"), notice, delivered));
  const auto all = receipts();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].verification, MESSO_INVALID);
  EXPECT_EQ(all[1].verification, MESSO_UNTRUSTED);
}

TEST_F(PecMailbox, an_address_without_pec_is_undelivered) {
  start();
  filed(*ours, sent(true), "accettazione");
  const auto all = receipts();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, MESSO_RECEIPT_UNDELIVERED);
  EXPECT_EQ(all[0].code, "pec.not_pec");
}

TEST_F(PecMailbox, what_is_durable_is_moved_where_the_administrator_wants_it) {
  start({{"after", "move"}, {"move_to", "Elaborate"}});
  filed(*ours, sent(), "accettazione");
  EXPECT_EQ(receipts().size(), 1U);
  EXPECT_EQ(dovecot->files().size(), 1U) << "not before it is durable";
  EXPECT_EQ(host->ack(host->mailboxes().at(0), ids), MESSO_OK);
  EXPECT_TRUE(dovecot->files().empty());
  EXPECT_EQ(dovecot->files("Elaborate").size(), 1U);
}

TEST_F(PecMailbox, over_pop3_too) {
  start({{"protocol", "pop3"}, {"port", dovecot->pop3s_port()}});
  const auto notice = sent();
  filed(*ours, notice, "accettazione");
  filed(*theirs, notice, "avvenuta-consegna");
  EXPECT_EQ(receipts().size(), 2U);
}

TEST_F(PecMailbox, a_refused_login_says_so_and_pauses_the_mailbox_alone) {
  start({{"password", "sbagliata"}});
  const auto page = host->poll(host->mailboxes().at(0));
  EXPECT_NE(page.code, MESSO_OK);
  EXPECT_THAT(page.error, HasSubstr("password"));
  EXPECT_THAT(page.error, Not(HasSubstr("sbagliata")));
  sent();
}

TEST_F(PecMailbox, a_probe_signs_in_on_both_ways) {
  start();
  const auto [code, report] = host->probe();
  EXPECT_EQ(code, MESSO_OK) << report;
  EXPECT_THAT(report, HasSubstr("Sending: Connected to localhost"));
  EXPECT_THAT(report, HasSubstr("Mailbox: "));
}

}  // namespace
}  // namespace messo::test
