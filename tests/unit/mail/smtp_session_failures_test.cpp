// Every way the dialogue can break, by the point at which it breaks.
#include <thread>

#include "session_fixture.hpp"

namespace messo::mail {
namespace {

struct Break {
  const char* name;
  const char* rule;
  const char* code;
  Outcome outcome;
  Scope scope;
  bool stays_open = false;
};

std::ostream& operator<<(std::ostream& out, const Break& one) { return out << one.rule; }

struct SmtpFailure : SessionTest, ::testing::WithParamInterface<Break> {};

TEST_P(SmtpFailure, is_classified_and_never_lost) {
  start();
  peer->add(GetParam().rule);
  const auto verdict = deliver(mail());
  EXPECT_EQ(verdict.code, GetParam().code) << verdict.private_text;
  EXPECT_EQ(verdict.outcome, GetParam().outcome);
  EXPECT_EQ(verdict.scope, GetParam().scope);
  EXPECT_EQ(session->is_open(), GetParam().stays_open);
  // What counts: a message that the server has is never called `try_later`, and one it has not is never called `sent`.
  const bool kept = peer->stats().messages > 0;
  if (kept) {
    EXPECT_TRUE(verdict.sent() || verdict.outcome == Outcome::unknown);
  } else {
    EXPECT_FALSE(verdict.sent());
  }
  peer->clear();
  EXPECT_TRUE(deliver(mail("later@example.it")).sent()) << "the session recovers";
}

std::string name_of_break(const ::testing::TestParamInfo<Break>& one) { return one.param.name; }

constexpr auto later = Outcome::try_later;
constexpr auto refused = Outcome::refused;
constexpr auto unknown = Outcome::unknown;
constexpr auto provider = Scope::provider;
constexpr auto destination = Scope::destination;
constexpr auto message = Scope::message;

constexpr Break kServerRefuses[] = {
    {"banner_554", "banner=reply-then-drop:554 5.7.1 not you", "smtp.554-5.7.1", later, provider},
    {"ehlo_550", "ehlo=reply:550 5.7.1 bad name", "smtp.550-5.7.1", later, provider},
    {"mail_550", "mail=reply:550 5.7.1 sender rejected", "smtp.550-5.7.1", later, provider, true},
    {"mail_501", "mail=reply:501 5.5.4 syntax", "smtp.501-5.5.4", refused, message, true},
    {"rcpt_550", "rcpt=reply:550 5.1.1 no such user", "smtp.550-5.1.1", refused, destination, true},
    {"rcpt_552", "rcpt=reply:552 5.2.2 full", "smtp.552-5.2.2", later, destination, true},
    {"data_554", "data=reply:554 5.6.0 no", "smtp.554-5.6.0", refused, message, true},
    {"final_554", "final=reply:554 5.6.0 spam", "smtp.554-5.6.0", refused, message, true},
    {"final_552", "final=reply:552 5.3.4 too big", "smtp.552-5.3.4", refused, message, true},
};
INSTANTIATE_TEST_SUITE_P(server_refuses, SmtpFailure, ::testing::ValuesIn(kServerRefuses), name_of_break);

constexpr Break kServerIsBusy[] = {
    {"banner_450", "banner=reply:450 4.3.2 later", "smtp.450-4.3.2", later, provider},
    {"ehlo_451", "ehlo=reply:451 4.3.0 later", "smtp.451-4.3.0", later, provider},
    {"mail_451", "mail=reply:451 4.3.0 later", "smtp.451-4.3.0", later, provider, true},
    {"rcpt_450", "rcpt=reply:450 4.2.1 later", "smtp.450-4.2.1", later, destination, true},
    {"data_451", "data=reply:451 4.3.0 later", "smtp.451-4.3.0", later, message, true},
    {"final_451", "final=reply:451 4.3.0 later", "smtp.451-4.3.0", later, message, true},
    {"final_multiline_451", "final=reply:451-4.3.0 later\n451 4.3.0 please", "smtp.451-4.3.0", later, message, true},
};
INSTANTIATE_TEST_SUITE_P(server_is_busy, SmtpFailure, ::testing::ValuesIn(kServerIsBusy), name_of_break);

constexpr Break kServerSays421[] = {
    {"banner", "banner=reply-then-drop:421 4.3.2 down", "smtp.421-4.3.2", later, provider},
    {"ehlo", "ehlo=reply-then-drop:421 4.3.2 down", "smtp.421-4.3.2", later, provider},
    {"mail", "mail=reply-then-drop:421 4.3.2 down", "smtp.421-4.3.2", later, provider},
    {"rcpt", "rcpt=reply-then-drop:421 4.3.2 down", "smtp.421-4.3.2", later, provider},
    {"data", "data=reply-then-drop:421 4.3.2 down", "smtp.421-4.3.2", later, provider},
    {"final_dot", "final=reply-then-drop:421 4.3.2 down", "smtp.421-4.3.2", later, provider},
};
INSTANTIATE_TEST_SUITE_P(server_says_421, SmtpFailure, ::testing::ValuesIn(kServerSays421), name_of_break);

constexpr Break kServerDrops[] = {
    {"on_connect", "connect=drop", "smtp.closed.banner", later, provider},
    {"after_banner", "banner=reply-drop", "smtp.closed.ehlo", later, provider},
    {"before_ehlo_reply", "ehlo=drop", "smtp.closed.ehlo", later, provider},
    {"after_ehlo_reply", "ehlo=reply-drop", "smtp.closed.mail", later, provider},
    {"before_mail_reply", "mail=drop", "smtp.closed.mail", later, provider},
    {"after_mail_reply", "mail=reply-drop", "smtp.closed.rcpt", later, provider},
    {"before_rcpt_reply", "rcpt=drop", "smtp.closed.rcpt", later, provider},
    {"after_rcpt_reply", "rcpt=reply-drop", "smtp.closed.data", later, provider},
    {"before_data_reply", "data=drop", "smtp.closed.data", later, provider},
    {"before_final_reply", "final=drop", "smtp.closed.final_dot", unknown, provider},
    {"with_reset_before_final_reply", "final=reset", "smtp.closed.final_dot", unknown, provider},
};
INSTANTIATE_TEST_SUITE_P(server_drops, SmtpFailure, ::testing::ValuesIn(kServerDrops), name_of_break);

constexpr Break kServerHangs[] = {
    {"at_banner", "banner=hang", "smtp.timeout.banner", later, provider},
    {"at_ehlo", "ehlo=hang", "smtp.timeout.ehlo", later, provider},
    {"at_mail", "mail=hang", "smtp.timeout.mail", later, provider},
    {"at_rcpt", "rcpt=hang", "smtp.timeout.rcpt", later, provider},
    {"at_data", "data=hang", "smtp.timeout.data", later, provider},
    {"at_final_dot", "final=hang", "smtp.timeout.final_dot", unknown, provider},
    {"by_dripping_the_banner", "banner=drip:50", "smtp.timeout.banner", later, provider},
    {"by_dripping_the_last_reply", "final=drip:50", "smtp.timeout.final_dot", unknown, provider},
};
INSTANTIATE_TEST_SUITE_P(server_hangs, SmtpFailure, ::testing::ValuesIn(kServerHangs), name_of_break);

constexpr Break kServerTalksNonsense[] = {
    {"garbage_banner", "banner=garbage", "smtp.protocol.banner", later, provider},
    {"garbage_to_rcpt", "rcpt=garbage", "smtp.protocol.rcpt", later, provider},
    {"garbage_to_final_dot", "final=garbage", "smtp.protocol.final_dot", unknown, provider},
    {"overlong_banner", "banner=overlong", "smtp.protocol.banner", later, provider},
    {"endless_ehlo", "ehlo=endless", "smtp.protocol.ehlo", later, provider},
    {"endless_final", "final=endless", "smtp.protocol.final_dot", unknown, provider},
    {"250_to_data", "data=reply:250 what", "smtp.protocol.data", later, provider},
    {"354_to_final_dot", "final=reply:354 more", "smtp.protocol.final_dot", unknown, provider},
};
INSTANTIATE_TEST_SUITE_P(server_talks_nonsense, SmtpFailure, ::testing::ValuesIn(kServerTalksNonsense), name_of_break);

TEST_F(SessionTest, a_server_that_refuses_connections_is_an_outage) {
  start();
  peer->refuse_connections();
  const auto verdict = deliver(mail());
  EXPECT_EQ(verdict.code, "smtp.connect_failed");
  EXPECT_FALSE(verdict.costs_attempt);
  peer->accept_connections();
  EXPECT_TRUE(deliver(mail()).sent());
}

TEST_F(SessionTest, a_connection_lost_amid_a_large_body_is_safe_to_repeat) {
  start();
  peer->add("body=reset:1000");
  const std::string large(40'000'000, 'x');
  const auto verdict = deliver(mail("b@example.it", large));
  EXPECT_EQ(verdict.code, "smtp.closed.body") << "the final dot was never handed over";
  EXPECT_EQ(verdict.outcome, Outcome::try_later);
}

TEST_F(SessionTest, a_server_that_stops_reading_amid_a_large_body_is_safe_to_repeat) {
  start();
  peer->add("body=hang:1000");
  const std::string large(40'000'000, 'x');
  const auto verdict = deliver(mail("b@example.it", large));
  EXPECT_EQ(verdict.code, "smtp.timeout.body") << verdict.private_text;
  EXPECT_EQ(verdict.outcome, Outcome::try_later);
}

TEST_F(SessionTest, a_small_body_swallowed_by_a_closed_connection_is_unknown) {
  // All of it had been handed over: nobody can tell on which side of the dot the server died.
  start();
  peer->add("body=drop:10");
  EXPECT_EQ(deliver(mail()).outcome, Outcome::unknown);
}

TEST_F(SessionTest, after_an_unknown_mail_the_announced_one_is_safe) {
  start();
  peer->add("final=drop*1");
  const auto next = mail("c@example.it");
  EXPECT_EQ(deliver(mail(), &next).outcome, Outcome::unknown);
  EXPECT_FALSE(session->is_open());
  EXPECT_TRUE(deliver(next).sent());
}

TEST_F(SessionTest, an_announced_mail_whose_server_goes_away_is_safe) {
  start();
  peer->add("mail=drop*1+1");
  const auto next = mail("c@example.it");
  EXPECT_TRUE(deliver(mail(), &next).sent());
  const auto verdict = session->send(next);
  EXPECT_EQ(verdict.outcome, Outcome::try_later);
  EXPECT_TRUE(session->lost_while_idle()) << "nothing was answered: it may go out on a new connection at once";
}

TEST_F(SessionTest, five_percent_refused_recipients_do_not_disturb_the_others) {
  start();
  peer->add("rcpt=reply:550 5.1.1 no such user%5");
  unsigned sent = 0;
  unsigned refused_count = 0;
  std::vector<std::string> recipients;
  for (int i = 0; i < 400; ++i) recipients.push_back("user" + std::to_string(i) + "@example.it");
  ASSERT_FALSE(session->open());
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    const auto outgoing = mail(recipients[i]);
    const auto next = mail(recipients[std::min(i + 1, recipients.size() - 1)]);
    const auto verdict = session->send(outgoing, i + 1 < recipients.size() ? &next : nullptr);
    sent += verdict.sent();
    refused_count += verdict.outcome == Outcome::refused && verdict.scope == Scope::destination;
  }
  EXPECT_EQ(sent + refused_count, 400U);
  EXPECT_GT(refused_count, 5U);
  EXPECT_LT(refused_count, 40U);
  EXPECT_EQ(peer->stats().messages, sent);
  EXPECT_EQ(peer->stats().connections, 1U);
  for (const auto& stored : peer->mails()) EXPECT_FALSE(stored.recipient.empty());
}

TEST_F(SessionTest, a_reply_one_byte_at_a_time_is_still_a_reply) {
  start();
  settings.timeouts.greeting = settings.timeouts.command = settings.timeouts.final_dot = Millis{5000};
  make_session();
  peer->add("any=drip:0");
  EXPECT_TRUE(deliver(mail()).sent());
}

TEST_F(SessionTest, stopping_ends_a_wait_for_the_last_reply_as_unknown) {
  start();
  settings.timeouts.final_dot = Millis{60'000};
  make_session();
  peer->add("final=hang");
  std::thread stopper([this] {
    peer->wait_for(1, std::chrono::seconds(5));
    stop = true;
  });
  const auto verdict = deliver(mail());
  stopper.join();
  EXPECT_EQ(verdict.code, "smtp.stopped.final_dot");
  EXPECT_EQ(verdict.outcome, Outcome::unknown);
}

TEST_F(SessionTest, stopping_before_the_body_is_safe) {
  start();
  settings.timeouts.command = Millis{60'000};
  make_session();
  peer->add("mail=hang");
  std::thread stopper([this] {
    while (peer->stats().commands < 1) std::this_thread::yield();
    stop = true;
  });
  const auto verdict = deliver(mail());
  stopper.join();
  EXPECT_EQ(verdict.code, "smtp.stopped.mail");
  EXPECT_EQ(verdict.outcome, Outcome::try_later);
  EXPECT_FALSE(verdict.costs_attempt);
}

}  // namespace
}  // namespace messo::mail
