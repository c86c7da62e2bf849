// The smtp plugin reads bounces from a real Dovecot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/dovecot.hpp"
#include "peers/mail_reports.hpp"
#include "peers/smtp_peer.hpp"
#include "plugin_test.hpp"

namespace messo::test {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

struct BounceMailbox : PluginTest {
  void SetUp() override {
    if (const auto why = peers::Dovecot::missing()) GTEST_SKIP() << *why;
    dovecot = std::make_unique<peers::Dovecot>();
  }
  void start(json mailbox = json::object()) {
    json box{{"host", "localhost"},
             {"port", dovecot->imaps_port()},
             {"ca_file", dovecot->ca_file()},
             {"username", dovecot->user().name},
             {"password", dovecot->user().password},
             {"idle", false}};
    box.update(mailbox);
    host = std::make_unique<BorderHost>("smtp", json{{"host", "127.0.0.1"},
                                                     {"port", peer.port()},
                                                     {"tls", "none"},
                                                     {"dsn", true},
                                                     {"verp_domain", "comune.example.it"},
                                                     {"verp_key", "0123456789abcdef"},
                                                     {"mailbox", box}});
  }
  // Sends a message; its bounce as its own return path, Message-ID and the relay would have it.
  peers::Bounce sent() {
    const auto message = numbered(++count);
    EXPECT_EQ(host->send(message).kind, MESSO_SENT);
    const auto mails = peer.mails();
    delivery = plugin::to_string(message.delivery);
    peers::Bounce out;
    out.to = mails.back().sender;
    out.message_id = mails.back().message_id;
    out.own_id = "<report-" + std::to_string(count) + "@mx.example.net>";
    return out;
  }
  TestPage page(const std::string& cursor = {}) {
    auto out = host->poll(host->mailboxes().at(0), cursor);
    EXPECT_EQ(out.code, MESSO_OK) << out.error;
    return out;
  }
  static std::vector<plugin::Receipt> receipts_of(const TestPage& page) {
    std::vector<plugin::Receipt> out;
    for (const auto& item : page.items) {
      EXPECT_EQ(item.code, "") << item.problem;
      out.insert(out.end(), item.receipts.begin(), item.receipts.end());
    }
    return out;
  }

  peers::SmtpPeer peer;
  std::unique_ptr<peers::Dovecot> dovecot;
  std::string delivery;
  unsigned count = 0;
};

TEST_F(BounceMailbox, a_bounce_of_a_message_that_was_sent_names_it_as_its_outcome_did) {
  start();
  auto bounce = sent();
  dovecot->put(peers::postfix_bounce(bounce));
  bounce.to = dovecot->user().name;  // forwarded, or written by anybody who knows the Message-ID
  bounce.own_id = "<other@mx.example.net>";
  dovecot->put(peers::gmail_bounce(bounce));
  const auto first = page();
  const auto all = receipts_of(first);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].kind, MESSO_RECEIPT_UNDELIVERED);
  EXPECT_EQ(all[0].scope, MESSO_SCOPE_DESTINATION);
  EXPECT_EQ(all[0].verification, MESSO_VALID);
  EXPECT_EQ(all[1].verification, MESSO_NOT_CHECKED);
  for (const auto& one : all) {
    EXPECT_EQ(one.references.at(0).kind, "delivery");
    EXPECT_EQ(one.references.at(0).value, delivery);
  }
  EXPECT_TRUE(page(first.cursor).items.empty());
}

TEST_F(BounceMailbox, other_mail_is_neither_fetched_nor_marked) {
  start();
  dovecot->put(peers::out_of_office(sent().to));
  dovecot->put("From: a@example.it\r\nTo: b@example.it\r\nSubject: ciao\r\n\r\nciao\r\n");
  dovecot->put(peers::postfix_bounce(sent()));
  EXPECT_EQ(receipts_of(page()).size(), 1U);
  for (const auto& file : dovecot->files()) {
    const auto name = file.filename().string();
    EXPECT_EQ(name.substr(std::min(name.find(":2,"), name.size())).find('S'), std::string::npos) << name;
  }
}

TEST_F(BounceMailbox, over_pop3_and_removed_once_durable_where_the_administrator_wants_it) {
  start({{"protocol", "pop3"}, {"port", dovecot->pop3s_port()}, {"after", "delete"}});
  dovecot->put(peers::exchange_bounce(sent()));
  const auto first = page();
  EXPECT_EQ(receipts_of(first).size(), 1U);
  EXPECT_EQ(dovecot->files().size(), 1U) << "not before it is durable";
  EXPECT_EQ(host->ack(host->mailboxes().at(0), {first.items.at(0).id}), MESSO_OK);
  EXPECT_TRUE(dovecot->files().empty());
}

TEST_F(BounceMailbox, a_probe_signs_in_on_both_ways) {
  start();
  const auto [code, report] = host->probe();
  EXPECT_EQ(code, MESSO_OK) << report;
  EXPECT_THAT(report, HasSubstr("Mailbox: "));
}

TEST_F(BounceMailbox, a_refused_sign_in_stops_no_message) {
  start({{"password", "sbagliata"}});
  const auto out = host->poll(host->mailboxes().at(0));
  EXPECT_NE(out.code, MESSO_OK);
  EXPECT_THAT(out.error, HasSubstr("password"));
  sent();
}

const json kPlain{{"host", "127.0.0.1"}, {"port", 25}, {"tls", "none"}};

json with_mailbox(json mailbox) {
  auto out = kPlain;
  out["mailbox"] = std::move(mailbox);
  return out;
}

TEST(BounceSettings, without_a_host_there_is_no_mailbox) {
  EXPECT_TRUE(BorderHost("smtp", kPlain).mailboxes().empty());
  BorderHost host("smtp", with_mailbox({{"host", ""}}));
  EXPECT_TRUE(host.mailboxes().empty());
  EXPECT_NE(host.poll("nobody/INBOX").code, MESSO_OK);
}

TEST(BounceSettings, account_and_authorities_are_those_of_sending_unless_said) {
  auto config = with_mailbox({{"host", "imap.example.it"}});
  config["username"] = "rimbalzi@example.it";
  config["password"] = "segreta";
  EXPECT_EQ(BorderHost("smtp", config).mailboxes(), std::vector<std::string>{"rimbalzi@example.it/INBOX"});
  config["mailbox"]["username"] = "altra@example.it";
  EXPECT_EQ(BorderHost("smtp", config).mailboxes(), std::vector<std::string>{"altra@example.it/INBOX"});
}

TEST(BounceSettings, what_cannot_work_is_refused_by_name) {
  const auto refusal = [](const json& config) { return refusal_of("smtp", config); };
  EXPECT_THAT(refusal(with_mailbox({{"username", "x@example.it"}, {"password", "y"}})), HasSubstr("mailbox.host"));
  EXPECT_THAT(refusal(with_mailbox({{"host", "imap.example.it"}})), HasSubstr("mailbox.username"));
  EXPECT_THAT(refusal(with_mailbox({{"host", "imap.example.it"}, {"username", "x"}, {"password", "y"}, {"tls", "none"}})),
              HasSubstr("mailbox.tls"));
}

}  // namespace
}  // namespace messo::test
