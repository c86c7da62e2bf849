// The dialogue when all goes well, and what is sent when.
#include <algorithm>
#include <array>
#include <thread>

#include "session_fixture.hpp"

namespace messo::mail {
namespace {

TEST_F(SessionTest, delivers_a_message_byte_for_byte) {
  start();
  const auto verdict = deliver(mail());
  EXPECT_TRUE(verdict.sent()) << verdict.private_text;
  EXPECT_EQ(verdict.code, "smtp.250-2.0.0");
  ASSERT_EQ(peer->mails().size(), 1U);
  EXPECT_EQ(peer->mails()[0].bytes, sample_message) << "dots at line starts must survive";
  EXPECT_EQ(peer->mails()[0].sender, "a@example.it");
  EXPECT_EQ(peer->mails()[0].recipient, "b@example.it");
}

TEST_F(SessionTest, sends_an_envelope_in_one_group) {
  start();
  deliver(mail());
  EXPECT_GE(peer->stats().largest_group, 3U) << "MAIL, RCPT and DATA in one write (RFC 2920)";
}

TEST_F(SessionTest, announces_the_next_mail_with_the_body_before_it) {
  start();
  const std::string second = "Message-ID: <2@example.it>\r\n\r\nsecondo\r\n";
  const std::string third = "Message-ID: <3@example.it>\r\n\r\nterzo\r\n";
  const auto mails = std::array{mail(), mail("c@example.it", second), mail("d@example.it", third)};
  EXPECT_TRUE(deliver(mails[0], &mails[1]).sent());
  EXPECT_TRUE(session->send(mails[1], &mails[2]).sent());
  EXPECT_TRUE(session->send(mails[2]).sent());
  const auto stored = peer->mails();
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(stored[1].recipient + stored[1].bytes, "c@example.it" + second);
  EXPECT_EQ(stored[2].recipient + stored[2].bytes, "d@example.it" + third);
}

TEST_F(SessionTest, never_sends_a_body_to_the_recipient_of_another_mail) {
  start();
  const auto announced = mail("c@example.it");
  EXPECT_TRUE(deliver(mail(), &announced).sent());
  const auto verdict = session->send(mail("d@example.it"));
  EXPECT_EQ(verdict.outcome, Outcome::try_later);
  EXPECT_EQ(peer->mails().size(), 1U);
}

TEST_F(SessionTest, closing_forgets_an_announced_mail) {
  start();
  const auto announced = mail("c@example.it");
  EXPECT_TRUE(deliver(mail(), &announced).sent());
  session->close();
  EXPECT_TRUE(deliver(mail("e@example.it")).sent());
  EXPECT_EQ(peer->mails().size(), 2U);
  EXPECT_EQ(peer->mails()[1].recipient, "e@example.it");
}

TEST_F(SessionTest, works_step_by_step_without_pipelining) {
  SmtpPeerOptions options;
  options.capabilities = {"8BITMIME"};
  start(options);
  const auto second = mail("c@example.it");
  EXPECT_TRUE(deliver(mail(), &second).sent());
  EXPECT_TRUE(session->send(second).sent());
  EXPECT_EQ(peer->stats().largest_group, 1U);
}

TEST_F(SessionTest, greets_a_server_that_knows_only_helo) {
  SmtpPeerOptions options;
  options.ehlo_known = false;
  start(options);
  EXPECT_TRUE(deliver(mail()).sent());
}

TEST_F(SessionTest, goes_on_after_a_refused_recipient_on_the_same_connection) {
  start();
  peer->add("rcpt[nobody]=reply:550 5.1.1 no such user");
  const auto answer = deliver(mail("nobody@example.it"));
  EXPECT_EQ(answer.outcome, Outcome::refused);
  EXPECT_EQ(answer.code, "smtp.550-5.1.1");
  EXPECT_TRUE(session->is_open());
  EXPECT_TRUE(session->send(mail()).sent());
  EXPECT_EQ(peer->stats().connections, 1U);
  EXPECT_EQ(peer->stats().resets, 1U) << "an open transaction is cleared by RSET";
}

TEST_F(SessionTest, goes_on_after_a_refused_recipient_step_by_step) {
  SmtpPeerOptions options;
  options.capabilities = {};
  start(options);
  peer->add("rcpt[nobody]=reply:550 5.1.1 no such user");
  EXPECT_EQ(deliver(mail("nobody@example.it")).code, "smtp.550-5.1.1");
  EXPECT_TRUE(session->send(mail()).sent());
  EXPECT_EQ(peer->stats().resets, 1U);
}

TEST_F(SessionTest, ends_a_body_that_the_server_wants_although_nobody_is_to_get_it) {
  SmtpPeerOptions options;
  options.accept_data_without_recipient = true;
  start(options);
  peer->add("rcpt[nobody]=reply:550 5.1.1 no such user");
  EXPECT_EQ(deliver(mail("nobody@example.it")).code, "smtp.550-5.1.1");
  EXPECT_TRUE(session->send(mail()).sent());
  EXPECT_EQ(peer->mails().size(), 1U);
}

TEST_F(SessionTest, an_announced_mail_that_is_refused_leaves_the_dialogue_in_step) {
  start();
  peer->add("rcpt[nobody]=reply:550 5.1.1 no such user");
  const auto nobody = mail("nobody@example.it");
  const auto last = mail("c@example.it");
  EXPECT_TRUE(deliver(mail(), &nobody).sent());
  EXPECT_EQ(session->send(nobody, &last).code, "smtp.550-5.1.1");
  EXPECT_TRUE(session->send(last).sent());
  EXPECT_EQ(peer->stats().connections, 1U);
}

TEST_F(SessionTest, refuses_what_could_break_out_of_a_command) {
  start();
  for (const auto* recipient : {"a@b.it>\r\nRCPT TO:<x@y.it", "a@b.it\n", "a>@b.it"}) {
    EXPECT_EQ(deliver(mail(recipient)).outcome, Outcome::refused);
  }
  EXPECT_EQ(peer->stats().messages, 0U);
}

TEST_F(SessionTest, tells_the_size_and_asks_for_status_notifications) {
  start();
  settings.dsn = true;
  make_session();
  auto outgoing = mail("b+c@example.it");
  outgoing.envelope_id = "id=1";
  EXPECT_TRUE(deliver(outgoing).sent());
  EXPECT_EQ(peer->mails()[0].parameters, "MAIL SIZE=" + std::to_string(sample_message.size()) +
                                             " RET=HDRS ENVID=id+3D1; RCPT NOTIFY=FAILURE,DELAY ORCPT=rfc822;b+2Bc@example.it");
}

TEST_F(SessionTest, sends_international_addresses_only_to_servers_that_can) {
  start();
  EXPECT_TRUE(deliver(mail("andré@example.it")).sent());
  EXPECT_NE(peer->mails()[0].parameters.find("BODY=8BITMIME SMTPUTF8"), std::string::npos);
  SmtpPeerOptions options;
  options.capabilities = {"8BITMIME"};
  start(options);
  const auto verdict = deliver(mail("andré@example.it"));
  EXPECT_EQ(verdict.code, "smtp.smtputf8_unsupported");
  EXPECT_EQ(verdict.outcome, Outcome::refused);
  EXPECT_TRUE(session->send(mail()).sent()) << "the connection is still good";
}

TEST_F(SessionTest, refuses_eight_bit_content_that_the_server_cannot_take) {
  SmtpPeerOptions options;
  options.capabilities = {};
  start(options);
  EXPECT_EQ(deliver(mail("b@example.it", "Subject: x\r\n\r\nperché\r\n")).code, "smtp.8bitmime_unsupported");
}

TEST_F(SessionTest, does_not_try_what_is_larger_than_the_server_takes) {
  SmtpPeerOptions options;
  options.capabilities = {"PIPELINING", "SIZE 50"};
  start(options);
  const auto verdict = deliver(mail());
  EXPECT_EQ(verdict.code, "smtp.too_big");
  EXPECT_EQ(verdict.outcome, Outcome::refused);
  EXPECT_EQ(verdict.scope, Scope::message);
}

TEST_F(SessionTest, says_farewell) {
  start();
  deliver(mail());
  session->close();
  EXPECT_EQ(peer->stats().quits, 1U);
}

TEST_F(SessionTest, notices_that_an_idle_connection_was_closed) {
  start();
  deliver(mail());
  EXPECT_TRUE(session->check_idle());
  peer->drop_connections();
  while (session->check_idle()) std::this_thread::yield();
  EXPECT_FALSE(session->is_open());
  EXPECT_TRUE(deliver(mail()).sent());
  EXPECT_EQ(peer->stats().connections, 2U);
}

TEST_F(SessionTest, tells_apart_a_connection_that_was_gone_before_the_mail) {
  start();
  deliver(mail());
  peer->add("mail=drop*1");
  const auto verdict = session->send(mail());
  EXPECT_EQ(verdict.outcome, Outcome::try_later);
  EXPECT_TRUE(session->lost_while_idle());
  EXPECT_TRUE(deliver(mail()).sent());
}

TEST_F(SessionTest, takes_a_large_message_through) {
  start();
  std::string large = "Message-ID: <big@example.it>\r\n\r\n";
  while (large.size() < 12'000'000) large += "....................................................................\r\n";
  EXPECT_TRUE(deliver(mail("b@example.it", large)).sent());
  EXPECT_EQ(peer->mails().at(0).bytes, large);
}

}  // namespace
}  // namespace messo::mail
