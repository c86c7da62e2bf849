// The scripted server itself, where others build on it: several accounts, a user that judges, a message lost with its connection.
#include "session_fixture.hpp"

namespace messo::mail {
namespace {

using peers::SmtpStage;
using peers::StoredMail;

TEST_F(SessionTest, the_scripted_server_knows_each_account_by_its_own_password) {
  SmtpPeerOptions options;
  options.accounts = {{"uno@example.it", "prima"}, {"due@example.it", "seconda"}};
  start(std::move(options));
  settings.username = "due@example.it";
  settings.password = Secret("prima");
  make_session();
  EXPECT_EQ(session->open().value().code, "smtp.535-5.7.8");
  settings.password = Secret("seconda");
  make_session();
  EXPECT_TRUE(deliver(mail()).sent());
  ASSERT_EQ(peer->mails().size(), 1U);
  EXPECT_EQ(peer->mails()[0].account, "due@example.it");
  EXPECT_EQ(peer->mails()[0].recipients, std::vector<std::string>{"b@example.it"});
}

TEST_F(SessionTest, whoever_uses_the_scripted_server_may_refuse_senders_recipients_and_messages) {
  SmtpPeerOptions options;
  options.judge = [](SmtpStage stage, const StoredMail& mail) -> std::string {
    if (stage == SmtpStage::rcpt && mail.recipient == "nessuno@example.it") return "550 5.1.1 nobody";
    if (stage == SmtpStage::final && mail.bytes.find("proibito") != std::string::npos) return "554 5.7.1 not this one";
    return {};
  };
  start(std::move(options));
  EXPECT_EQ(deliver(mail("nessuno@example.it")).code, "smtp.550-5.1.1");
  EXPECT_EQ(deliver(mail("b@example.it", "Subject: proibito\r\n\r\nciao\r\n")).code, "smtp.554-5.7.1");
  EXPECT_TRUE(deliver(mail()).sent());
  EXPECT_EQ(peer->mails().size(), 1U) << "what was refused is not kept";
}

TEST_F(SessionTest, the_scripted_server_can_lose_a_message_with_its_connection) {
  start();
  peer->add("final=lose*1");
  EXPECT_EQ(deliver(mail()).outcome, Outcome::unknown);
  EXPECT_TRUE(peer->mails().empty());
  EXPECT_TRUE(deliver(mail()).sent());
}

}  // namespace
}  // namespace messo::mail
