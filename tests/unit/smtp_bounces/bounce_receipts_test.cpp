// What a report means for the hub: which message, how sure, and what becomes of the address.
#include "smtp/bounce_receipts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mail/verp.hpp"
#include "peers/mail_reports.hpp"

namespace messo::smtp {
namespace {

using peers::Bounce;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kAfterwards = 1795345200000;  // an hour after the reports' Date
const auto kDelivery = *Uuid::parse("0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071");
const auto kOther = *Uuid::parse("0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6072");
constexpr auto kKey = "0123456789abcdef";

SmtpConfig config_with_verp() {
  SmtpConfig out;
  out.verp_domain = "comune.example.it";
  out.verp_key = Secret(kKey);
  return out;
}

std::optional<plugin::Receipt> read(const std::string& eml, const SmtpConfig& config = config_with_verp(), std::int64_t now = kAfterwards) {
  return receipt_of(mail_report::read_report(eml), eml, config, now);
}

std::string named_by(const std::optional<plugin::Receipt>& receipt) {
  if (!receipt || receipt->references.size() != 1 || receipt->references[0].kind != "delivery") return "nothing";
  return receipt->references[0].value;
}

std::string signed_path(const Uuid& delivery, const char* key = kKey) { return mail::verp_address(delivery, "comune.example.it", key); }

TEST(BounceReceipt, a_return_path_of_ours_names_the_delivery_and_proves_it) {
  Bounce bounce;
  bounce.to = signed_path(kDelivery);
  const auto receipt = read(peers::postfix_bounce(bounce));
  EXPECT_EQ(named_by(receipt), kDelivery.to_string());
  EXPECT_EQ(receipt->verification, MESSO_VALID);
  EXPECT_EQ(receipt->kind, MESSO_RECEIPT_UNDELIVERED);
  EXPECT_EQ(receipt->scope, MESSO_SCOPE_DESTINATION);
  EXPECT_EQ(receipt->code, "smtp.bounce-5.1.1");
  EXPECT_THAT(receipt->public_text, Not(HasSubstr("mario")));
  EXPECT_EQ(receipt->at_ms, 1795341600000);
  EXPECT_EQ(receipt->raw, peers::postfix_bounce(bounce));
}

TEST(BounceReceipt, without_one_the_envelope_id_and_then_the_message_id_name_it_and_nothing_is_proven) {
  Bounce bounce;
  bounce.envelope_id = kDelivery.to_string();
  bounce.message_id = "<" + kOther.to_string() + "@comune.example.it>";
  auto receipt = read(peers::exchange_bounce(bounce));
  EXPECT_EQ(named_by(receipt), kDelivery.to_string());
  EXPECT_EQ(receipt->verification, MESSO_NOT_CHECKED);
  bounce.envelope_id = "of-somebody-else";
  receipt = read(peers::gmail_bounce(bounce));
  EXPECT_EQ(named_by(receipt), kOther.to_string());
  EXPECT_EQ(receipt->verification, MESSO_NOT_CHECKED);
  EXPECT_EQ(named_by(read(peers::international_bounce(bounce))), kOther.to_string());
}

TEST(BounceReceipt, the_signature_comes_before_whatever_else_the_report_names) {
  Bounce bounce;
  bounce.to = signed_path(kDelivery);
  bounce.envelope_id = kOther.to_string();
  bounce.message_id = "<" + kOther.to_string() + "@comune.example.it>";
  const auto receipt = read(peers::postfix_bounce(bounce));
  EXPECT_EQ(named_by(receipt), kDelivery.to_string()) << "who has one message cannot speak of another";
}

TEST(BounceReceipt, a_forged_signature_proves_nothing) {
  Bounce bounce;
  bounce.message_id = "<" + kDelivery.to_string() + "@comune.example.it>";
  auto moved = signed_path(kOther);  // another delivery's id before a signature that is none of it
  moved.replace(7, 26, signed_path(kDelivery).substr(7, 26));
  for (const auto& to : {signed_path(kDelivery, "fedcba9876543210"), moved, std::string("bounce+@comune.example.it")}) {
    bounce.to = to;
    const auto receipt = read(peers::postfix_bounce(bounce));
    ASSERT_TRUE(receipt) << to;
    EXPECT_EQ(receipt->verification, MESSO_NOT_CHECKED) << to;
  }
  bounce.to = signed_path(kDelivery);
  EXPECT_EQ(read(peers::postfix_bounce(bounce), {})->verification, MESSO_NOT_CHECKED) << "no key, no proof";
}

TEST(BounceReceipt, mail_about_nobodys_message_is_nothing) {
  Bounce bounce;
  bounce.message_id = "<abc@somewhere.example>";
  EXPECT_FALSE(read(peers::postfix_bounce(bounce)));
  EXPECT_FALSE(read(peers::out_of_office(signed_path(kDelivery)))) << "an answer to our return path is no bounce";
  bounce.to = signed_path(kDelivery);
  for (const char* action : {"delivered", "relayed", "expanded"}) {
    bounce.action = action;
    EXPECT_FALSE(read(peers::postfix_bounce(bounce))) << action;
  }
}

struct FailureRow {
  const char *status, *diagnostic;
  messo_scope scope;
  const char *code, *sentence;
};

TEST(BounceReceipt, only_what_says_that_the_address_is_bad_is_held_against_it) {
  const FailureRow rows[] = {
      {"5.1.1", "smtp; 550 5.1.1 user unknown", MESSO_SCOPE_DESTINATION, "smtp.bounce-5.1.1", "does not exist"},
      {"5.1.10", "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound", MESSO_SCOPE_DESTINATION, "smtp.bounce-5.1.10", "does not exist"},
      {"5.2.1", "", MESSO_SCOPE_DESTINATION, "smtp.bounce-5.2.1", "does not exist"},
      {"5.1.2", "X-Unix; 68", MESSO_SCOPE_DESTINATION, "smtp.bounce-5.1.2", "does not exist"},
      {"5.0.0", "smtp; 550-5.1.1 The account does not exist", MESSO_SCOPE_DESTINATION, "smtp.bounce-5.1.1", "does not exist"},
      {"", "SMTP; 550 5.1.1 gone", MESSO_SCOPE_DESTINATION, "smtp.bounce-5.1.1", "does not exist"},
      {"5.0.0", "smtp; 550 No such user here", MESSO_SCOPE_MESSAGE, "smtp.bounce", "refused the message"},
      {"5.2.2", "smtp; 552 5.2.2 Mailbox full", MESSO_SCOPE_MESSAGE, "smtp.bounce-5.2.2", "full"},
      {"4.2.2", "smtp; 452 4.2.2 over quota", MESSO_SCOPE_MESSAGE, "smtp.bounce-4.2.2", "full"},
      {"5.3.4", "", MESSO_SCOPE_MESSAGE, "smtp.bounce-5.3.4", "larger"},
      {"5.7.1", "smtp; 550 5.7.1 blocked", MESSO_SCOPE_MESSAGE, "smtp.bounce-5.7.1", "policy"},
      {"5.7.26", "", MESSO_SCOPE_MESSAGE, "smtp.bounce-5.7.26", "policy"},
      {"4.4.7", "", MESSO_SCOPE_MESSAGE, "smtp.bounce-4.4.7", "in time"},
      {"4.4.1", "dns; no answer", MESSO_SCOPE_MESSAGE, "smtp.bounce-4.4.1", "in time"},
      {"5.4.4", "", MESSO_SCOPE_MESSAGE, "smtp.bounce-5.4.4", "refused the message"},
      {"nonsense", "smtp; 999 what", MESSO_SCOPE_MESSAGE, "smtp.bounce", "refused the message"},
  };
  for (const auto& row : rows) {
    Bounce bounce;
    bounce.to = signed_path(kDelivery);
    bounce.status = row.status;
    bounce.diagnostic = row.diagnostic;
    const auto receipt = read(peers::postfix_bounce(bounce));
    ASSERT_TRUE(receipt) << row.status << row.diagnostic;
    EXPECT_EQ(receipt->kind, MESSO_RECEIPT_UNDELIVERED) << row.status << row.diagnostic;
    EXPECT_EQ(receipt->scope, row.scope) << row.status << row.diagnostic;
    EXPECT_EQ(receipt->code, row.code) << row.status << row.diagnostic;
    EXPECT_THAT(receipt->public_text, HasSubstr(row.sentence)) << row.status << row.diagnostic;
  }
}

TEST(BounceReceipt, an_administrators_exceptions_count_for_bounces_too) {
  auto config = config_with_verp();
  config.settings.overrides.push_back(*mail::make_override("user reputation", "policy"));
  Bounce bounce;
  bounce.to = signed_path(kDelivery);
  bounce.diagnostic = "smtp; 550 5.1.1 Refused for user reputation";
  const auto receipt = read(peers::postfix_bounce(bounce), config);
  EXPECT_EQ(receipt->scope, MESSO_SCOPE_MESSAGE);
  EXPECT_THAT(receipt->public_text, HasSubstr("policy"));
}

TEST(BounceReceipt, of_an_alias_one_mailbox_that_may_be_good_spares_the_address) {
  Bounce bounce;
  bounce.to = signed_path(kDelivery);
  bounce.diagnostic += "\r\n\r\nFinal-Recipient: rfc822; b@example.it\r\nAction: failed\r\nStatus: 5.2.2";
  const auto receipt = read(peers::postfix_bounce(bounce));
  EXPECT_EQ(receipt->scope, MESSO_SCOPE_MESSAGE);
  EXPECT_EQ(receipt->code, "smtp.bounce-5.2.2");
}

TEST(BounceReceipt, a_delay_is_a_milestone) {
  Bounce bounce;
  bounce.to = signed_path(kDelivery);
  bounce.action = "delayed";
  bounce.status = "4.4.1";
  bounce.diagnostic = {};
  const auto receipt = read(peers::postfix_bounce(bounce));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->kind, MESSO_RECEIPT_MILESTONE);
  EXPECT_EQ(receipt->milestone, MESSO_MILESTONE_DELAYED);
  EXPECT_EQ(receipt->scope, MESSO_SCOPE_MESSAGE);
  EXPECT_EQ(receipt->code, "smtp.delayed-4.4.1");
}

TEST(BounceReceipt, a_complaint_is_a_milestone_against_the_address_and_claims_no_failure) {
  Bounce about;
  about.to = "reclami@comune.example.it";
  about.message_id = "<" + kDelivery.to_string() + "@comune.example.it>";
  auto receipt = read(peers::complaint(about, "abuse", signed_path(kDelivery)));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->kind, MESSO_RECEIPT_MILESTONE);
  EXPECT_EQ(receipt->milestone, MESSO_MILESTONE_COMPLAINED);
  EXPECT_EQ(receipt->scope, MESSO_SCOPE_DESTINATION);
  EXPECT_EQ(receipt->code, "smtp.complaint");
  EXPECT_EQ(receipt->verification, MESSO_VALID);
  EXPECT_EQ(named_by(receipt), kDelivery.to_string());
  receipt = read(peers::complaint(about));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->verification, MESSO_NOT_CHECKED);
  EXPECT_FALSE(read(peers::complaint(about, "not-spam", signed_path(kDelivery))));
}

TEST(BounceReceipt, the_same_report_has_one_key_and_those_of_two_messages_never_share_one) {
  Bounce bounce;
  bounce.to = signed_path(kDelivery);
  const auto first = read(peers::postfix_bounce(bounce));
  bounce.further = "Received: from elsewhere\r\n";
  EXPECT_EQ(read(peers::postfix_bounce(bounce))->dedupe_key, first->dedupe_key) << "it came a second time, by another way";
  bounce.to = signed_path(kOther);
  EXPECT_NE(read(peers::postfix_bounce(bounce))->dedupe_key, first->dedupe_key);
  bounce.own_id = {};
  const auto without = read(peers::postfix_bounce(bounce));
  EXPECT_THAT(without->dedupe_key, HasSubstr("sha256:"));
  bounce.own_id = "<" + std::string(3000, 'x') + "@y>";
  EXPECT_LE(read(peers::postfix_bounce(bounce))->dedupe_key.size(), 255U);
}

TEST(BounceReceipt, a_date_to_come_or_none_is_now_and_a_large_original_is_not_kept) {
  Bounce bounce;
  bounce.to = signed_path(kDelivery);
  bounce.date = "Sun, 22 Nov 2037 10:00:00 +0000";
  EXPECT_EQ(read(peers::postfix_bounce(bounce))->at_ms, kAfterwards);
  bounce.date = {};
  EXPECT_EQ(read(peers::postfix_bounce(bounce))->at_ms, kAfterwards);
  bounce.message_id = "<x@y>\r\n\r\n" + std::string(300 * 1024, 'x');
  const auto receipt = read(peers::exchange_bounce(bounce));
  EXPECT_EQ(receipt->kind, MESSO_RECEIPT_UNDELIVERED);
  EXPECT_EQ(receipt->raw, "");
}

}  // namespace
}  // namespace messo::smtp
