#include "mail/smtp_verdict.hpp"

#include <gtest/gtest.h>

namespace messo::mail {
namespace {

Reply reply_of(std::string_view line) {
  ReplyParser parser;
  parser.feed(std::string(line) + "\r\n");
  return parser.next().value();
}

struct Case {
  Stage stage;
  const char* reply;
  ReplyClass klass;
  Outcome outcome;
  Scope scope;
  const char* code;
};

using enum ReplyClass;
const Case cases[] = {
    // account problems
    {Stage::banner, "554 5.7.1 no service for you", account, Outcome::try_later, Scope::provider, "smtp.554-5.7.1"},
    {Stage::banner, "554 go away", account, Outcome::try_later, Scope::provider, "smtp.554"},
    {Stage::ehlo, "550 bad name", account, Outcome::try_later, Scope::provider, "smtp.550"},
    {Stage::auth, "535 5.7.8 wrong password", account, Outcome::try_later, Scope::provider, "smtp.535-5.7.8"},
    {Stage::auth, "504 mechanism", account, Outcome::try_later, Scope::provider, "smtp.504"},
    {Stage::mail, "530 5.7.0 authentication required", account, Outcome::try_later, Scope::provider, "smtp.530-5.7.0"},
    {Stage::rcpt, "535 5.7.8 expired", account, Outcome::try_later, Scope::provider, "smtp.535-5.7.8"},
    // throttles
    {Stage::banner, "421 too many connections", throttle, Outcome::try_later, Scope::provider, "smtp.421"},
    {Stage::banner, "450 4.3.2 later", throttle, Outcome::try_later, Scope::provider, "smtp.450-4.3.2"},
    {Stage::auth, "454 4.7.0 temporary authentication failure", throttle, Outcome::try_later, Scope::provider, "smtp.454-4.7.0"},
    {Stage::final_dot, "421 4.3.0 closing", throttle, Outcome::try_later, Scope::provider, "smtp.421-4.3.0"},
    {Stage::rcpt, "450 4.7.28 unusual rate", throttle, Outcome::try_later, Scope::provider, "smtp.450-4.7.28"},
    {Stage::mail, "451 4.7.0 slow", throttle, Outcome::try_later, Scope::provider, "smtp.451-4.7.0"},
    {Stage::rcpt, "452 4.5.3 too many recipients", throttle, Outcome::try_later, Scope::provider, "smtp.452-4.5.3"},
    {Stage::rcpt, "450 Rate Limit exceeded", throttle, Outcome::try_later, Scope::provider, "smtp.450"},
    {Stage::mail, "452 Too Many messages this hour", throttle, Outcome::try_later, Scope::provider, "smtp.452"},
    // address problems
    {Stage::rcpt, "550 5.1.1 no such user", address, Outcome::refused, Scope::destination, "smtp.550-5.1.1"},
    {Stage::rcpt, "550 5.1.2 bad domain", address, Outcome::refused, Scope::destination, "smtp.550-5.1.2"},
    {Stage::rcpt, "553 5.1.3 bad syntax", address, Outcome::refused, Scope::destination, "smtp.553-5.1.3"},
    {Stage::rcpt, "551 5.1.6 moved", address, Outcome::refused, Scope::destination, "smtp.551-5.1.6"},
    {Stage::rcpt, "556 5.1.10 null MX", address, Outcome::refused, Scope::destination, "smtp.556-5.1.10"},
    {Stage::rcpt, "550 5.2.1 disabled", address, Outcome::refused, Scope::destination, "smtp.550-5.2.1"},
    {Stage::final_dot, "550 5.1.1 no such user", address, Outcome::refused, Scope::destination, "smtp.550-5.1.1"},
    {Stage::rcpt, "550 no such user here", address, Outcome::refused, Scope::destination, "smtp.550"},
    {Stage::rcpt, "553 not allowed", address, Outcome::refused, Scope::destination, "smtp.553"},
    // full mailboxes are soft whatever the first digit says
    {Stage::rcpt, "552 5.2.2 mailbox full", mailbox_full, Outcome::try_later, Scope::destination, "smtp.552-5.2.2"},
    {Stage::rcpt, "452 4.2.2 over quota", mailbox_full, Outcome::try_later, Scope::destination, "smtp.452-4.2.2"},
    {Stage::rcpt, "552 over quota", mailbox_full, Outcome::try_later, Scope::destination, "smtp.552"},
    // too big, for this message only
    {Stage::mail, "552 5.3.4 too big", too_big, Outcome::refused, Scope::message, "smtp.552-5.3.4"},
    {Stage::final_dot, "552 too much", too_big, Outcome::refused, Scope::message, "smtp.552"},
    {Stage::final_dot, "554 5.2.3 length", too_big, Outcome::refused, Scope::message, "smtp.554-5.2.3"},
    // the sender's side
    {Stage::rcpt, "554 5.7.1 relay access denied", policy, Outcome::try_later, Scope::provider, "smtp.554-5.7.1"},
    {Stage::final_dot, "550 5.7.26 unauthenticated", policy, Outcome::try_later, Scope::provider, "smtp.550-5.7.26"},
    {Stage::mail, "553 sender not owned", policy, Outcome::try_later, Scope::provider, "smtp.553"},
    // the rest
    {Stage::rcpt, "450 4.2.1 busy", temporary, Outcome::try_later, Scope::destination, "smtp.450-4.2.1"},
    {Stage::mail, "451 local error", temporary, Outcome::try_later, Scope::provider, "smtp.451"},
    {Stage::final_dot, "451 4.3.0 error", temporary, Outcome::try_later, Scope::message, "smtp.451-4.3.0"},
    {Stage::rcpt, "554 5.3.2 not now", temporary, Outcome::try_later, Scope::destination, "smtp.554-5.3.2"},
    {Stage::mail, "555 5.5.4 parameter", permanent, Outcome::refused, Scope::message, "smtp.555-5.5.4"},
    {Stage::mail, "501 syntax", permanent, Outcome::refused, Scope::message, "smtp.501"},
    {Stage::rcpt, "550 5.4.6 loop", permanent, Outcome::refused, Scope::message, "smtp.550-5.4.6"},
    {Stage::final_dot, "554 5.6.0 content", permanent, Outcome::refused, Scope::message, "smtp.554-5.6.0"},
    {Stage::final_dot, "554 looks like spam", permanent, Outcome::refused, Scope::message, "smtp.554"},
    {Stage::final_dot, "250 2.0.0 queued", accepted, Outcome::sent, Scope::message, "smtp.250-2.0.0"},
};

TEST(Verdict, of_every_listed_reply_is_as_the_table_says) {
  for (const auto& row : cases) {
    const auto verdict = verdict_of(row.stage, reply_of(row.reply));
    EXPECT_EQ(to_string(verdict.klass), to_string(row.klass)) << row.reply;
    EXPECT_EQ(verdict.outcome, row.outcome) << row.reply;
    EXPECT_EQ(verdict.scope, row.scope) << row.reply;
    EXPECT_EQ(verdict.code, row.code) << row.reply;
  }
}

TEST(Verdict, that_pauses_the_provider_never_costs_an_attempt_and_says_for_how_long) {
  for (const auto& row : cases) {
    const auto verdict = verdict_of(row.stage, reply_of(row.reply));
    const bool pausing = row.klass == throttle || row.klass == account;
    EXPECT_EQ(verdict.pauses_provider, pausing) << row.reply;
    EXPECT_EQ(verdict.costs_attempt, !pausing) << row.reply;
    if (pausing) {
      EXPECT_GT(verdict.retry_after.count(), 0) << row.reply;
    }
  }
}

TEST(Verdict, keeps_the_servers_words_out_of_the_public_text) {
  for (const auto& row : cases) {
    const auto verdict = verdict_of(row.stage, reply_of(row.reply));
    EXPECT_FALSE(verdict.public_text.empty());
    EXPECT_EQ(verdict.public_text.find(row.reply + 4), std::string::npos) << row.reply;
    EXPECT_EQ(verdict.private_text.find(row.reply) != std::string::npos, !verdict.sent()) << row.reply;
  }
}

TEST(Verdict, is_unknown_only_when_the_dialogue_broke_after_the_final_dot) {
  for (int stage = 0; stage <= static_cast<int>(Stage::quit); ++stage) {
    for (const auto failure : {Failure::connect_failed, Failure::timeout, Failure::closed, Failure::protocol, Failure::tls_failed,
                               Failure::certificate_invalid, Failure::smtputf8_missing, Failure::too_big, Failure::stopped}) {
      const auto verdict = verdict_of(static_cast<Stage>(stage), failure);
      const bool broke =
          failure == Failure::timeout || failure == Failure::closed || failure == Failure::protocol || failure == Failure::stopped;
      EXPECT_EQ(verdict.outcome == Outcome::unknown, broke && static_cast<Stage>(stage) == Stage::final_dot) << verdict.code;
    }
  }
}

TEST(Verdict, names_the_stage_at_which_the_connection_broke) {
  EXPECT_EQ(verdict_of(Stage::rcpt, Failure::timeout).code, "smtp.timeout.rcpt");
  EXPECT_EQ(verdict_of(Stage::final_dot, Failure::closed).code, "smtp.closed.final_dot");
  EXPECT_EQ(verdict_of(Stage::connect, Failure::connect_failed).code, "smtp.connect_failed");
}

TEST(Verdict, before_any_message_costs_nobody_an_attempt) {
  EXPECT_FALSE(verdict_of(Stage::banner, Failure::timeout).costs_attempt);
  EXPECT_TRUE(verdict_of(Stage::mail, Failure::timeout).costs_attempt);
}

TEST(Override, changes_the_class_of_a_reply_that_matches) {
  std::vector<ReplyOverride> overrides;
  overrides.push_back(make_override("^550 .*limite.*invii", "throttle").value());
  EXPECT_EQ(classify(Stage::rcpt, reply_of("550 superato il LIMITE di invii"), overrides), throttle);
  EXPECT_EQ(classify(Stage::rcpt, reply_of("550 utente sconosciuto"), overrides), address);
}

TEST(Override, with_a_bad_pattern_or_class_is_refused) {
  EXPECT_FALSE(make_override("(", "throttle"));
  EXPECT_FALSE(make_override("x", "sometimes"));
  EXPECT_FALSE(make_override("x", "accepted"));
}

TEST(Override, is_not_slowed_by_a_long_hostile_text) {
  std::vector<ReplyOverride> overrides;
  overrides.push_back(make_override("quota", "throttle").value());
  Reply reply{550, {}, std::string(16000, 'a') + "quota"};
  EXPECT_EQ(classify(Stage::rcpt, reply, overrides), address);
}

TEST(Override, that_would_try_for_ever_counts_as_not_found_at_once) {
  const Reply reply{550, {}, std::string(500, 'a') + "!"};
  for (const char* pattern : {"(a+)+$", "(a|aa)+$", "(a|a?)+$", "(.*)*b", "^(?:(?:a?){99}){99}b", "((((a*)*)*)*)*b", "(a*?)*?b"}) {
    const auto made = make_override(pattern, "throttle");
    if (!made) continue;  // refused as too large is as good
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(classify(Stage::rcpt, reply, {*made}), address) << pattern;
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(200)) << pattern;
  }
  EXPECT_FALSE(make_override(std::string(201, 'a'), "throttle"));
  EXPECT_EQ(classify(Stage::rcpt, reply, {make_override("(*LIMIT_MATCH=4000000000)a!", "throttle").value()}), throttle)
      << "a pattern cannot take its limits away, and works within them";
}

TEST(PrivateText, hides_who_the_mail_was_for) {
  EXPECT_EQ(mask_addresses("<mario.rossi@example.it>: Recipient rejected"), "<***@example.it>: Recipient rejected");
  EXPECT_EQ(mask_addresses("user \"m r\"@example.it unknown"), "user ***@example.it unknown");
  EXPECT_EQ(mask_addresses("a@b@c"), "***@c");
  EXPECT_EQ(mask_addresses("@"), "***@");
  EXPECT_EQ(mask_addresses("\"@x"), "***@x");
  EXPECT_EQ(mask_addresses("two\nlines").find('\n'), std::string::npos);
  EXPECT_LE(mask_addresses(std::string(5000, 'x')).size(), 300U);
}

}  // namespace
}  // namespace messo::mail
