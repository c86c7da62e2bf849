// /status turns before things break.
#include "api/health.hpp"

#include <gtest/gtest.h>

namespace messo::api {
namespace {

using namespace std::chrono_literals;

HealthFacts well() {
  HealthFacts facts;
  facts.now = from_unix_ms(1'780'000'000'000);
  facts.store.bytes_free = 100ULL << 30;
  facts.dispatch.leasing = true;
  return facts;
}
std::vector<std::string> reasons(const HealthFacts& facts) {
  std::vector<std::string> out;
  for (const auto& reason : judge(facts, {}).reasons) out.push_back(reason.reason);
  return out;
}
using Reasons = std::vector<std::string>;

TEST(Health, is_ok_when_nothing_is_wrong) {
  EXPECT_EQ(judge(well(), {}).level, HealthLevel::ok);
  EXPECT_EQ(reasons(well()), Reasons{});
}

TEST(Health, a_filling_disk_degrades_before_it_stops_intake) {
  auto facts = well();
  facts.store.bytes_free = facts.admission.min_bytes_free * 2;
  EXPECT_EQ(reasons(facts), Reasons{"disk_low"});
  EXPECT_EQ(judge(facts, {}).level, HealthLevel::degraded);
  facts.store.bytes_free = facts.admission.min_bytes_free - 1;
  EXPECT_EQ(reasons(facts), Reasons{"disk_full"});
  EXPECT_EQ(judge(facts, {}).level, HealthLevel::unhealthy);
}

TEST(Health, a_filling_queue_degrades_before_admission_closes) {
  auto facts = well();
  facts.admission.max_open = 100;
  Depth depth;
  depth.pool = "email";
  depth.priority = Priority::bulk;
  depth.waiting = 79;
  facts.depths = {depth};
  EXPECT_EQ(reasons(facts), Reasons{});
  facts.depths[0].awaiting_receipt = 1;
  EXPECT_EQ(reasons(facts), Reasons{"queue_filling"});
  facts.depths[0].in_hand = 20;
  EXPECT_EQ(reasons(facts), Reasons{"queue_full"});
}

TEST(Health, waiting_too_long_depends_on_the_priority) {
  auto facts = well();
  ProviderStatus serving;
  serving.key = "posta";
  serving.pool = "email";
  facts.dispatch.providers = {serving};
  Depth depth;
  depth.pool = "email";
  depth.priority = Priority::urgent;
  depth.waiting = 1;
  depth.oldest_due = facts.now - 30s;
  facts.depths = {depth};
  EXPECT_EQ(reasons(facts), Reasons{"queue_old"});
  facts.depths[0].priority = Priority::normal;
  EXPECT_EQ(reasons(facts), Reasons{});
}

TEST(Health, doubts_failed_and_paused_providers_and_unserved_pools_are_told) {
  auto facts = well();
  Depth depth;
  depth.pool = "sms";
  depth.priority = Priority::normal;
  depth.waiting = 3;
  depth.in_doubt = 2;
  facts.doubts = {{ProviderId::make(facts.now), 2, 0, facts.now - 16min}};
  depth.oldest_due = facts.now - 1s;
  facts.depths = {depth};
  PortStatus port;
  port.key = "posta";
  port.problem = "the password is wrong";
  facts.ports = {port};
  ProviderStatus paused;
  paused.key = "altra";
  paused.pool = "email";
  paused.gate = Gate::stopped;
  ProviderStatus broken = paused;
  broken.key = "terza";
  broken.gate = Gate::breaker_open;
  broken.reason = "5 failures";
  facts.dispatch.providers = {paused, broken};
  EXPECT_EQ(reasons(facts), (Reasons{"in_doubt", "provider_failed", "provider_paused", "provider_resting", "pool_unserved"}));
}

ProviderStatus waiting_provider(Millis already, Millis more) {
  ProviderStatus one;
  one.key = "posta";
  one.pool = "email";
  one.gate = Gate::asked_to_wait;
  one.reason = "smtp.421";
  one.waiting_for = already;
  one.wait = more;
  return one;
}

TEST(Health, a_provider_that_asks_to_wait_is_told_once_it_takes_long_in_all) {
  auto facts = well();
  facts.dispatch.providers = {waiting_provider(0s, 2min)};
  EXPECT_EQ(reasons(facts), Reasons{}) << "to be slowed down is usual";
  facts.dispatch.providers = {waiting_provider(0s, 1h)};
  EXPECT_EQ(reasons(facts), Reasons{"provider_waiting"}) << "one long pause";
  facts.dispatch.providers = {waiting_provider(270s, 30s)};
  EXPECT_EQ(reasons(facts), Reasons{"provider_waiting"}) << "short ones, one after the other";
  EXPECT_EQ(judge(facts, {}).reasons[0].detail, "Provider posta has asked to wait, for 4 min already and 1 min more: smtp.421");
}

TEST(Health, work_that_no_provider_of_its_pool_takes_is_told_before_it_is_old) {
  auto facts = well();
  facts.dispatch.providers = {waiting_provider(70s, 30s)};
  Depth depth;
  depth.pool = "email";
  depth.priority = Priority::bulk;
  depth.waiting = 3;
  depth.oldest_due = facts.now - 50s;
  facts.depths = {depth};
  EXPECT_EQ(reasons(facts), Reasons{});
  facts.depths[0].oldest_due = facts.now - 70s;
  EXPECT_EQ(reasons(facts), Reasons{"pool_blocked"});
  EXPECT_EQ(judge(facts, {}).reasons[0].detail,
            "3 deliveries wait in pool email, the oldest for 70 s, and none of its providers takes any. posta: smtp.421");
  ProviderStatus full;
  full.key = "altra";
  full.pool = "email";
  full.gate = Gate::full;
  facts.dispatch.providers.push_back(full);
  EXPECT_EQ(reasons(facts), Reasons{}) << "another one is at work";
}

TEST(Health, doubts_are_told_when_they_are_many_or_old_with_the_command_to_run) {
  auto facts = well();
  facts.doubts = {{ProviderId::make(facts.now), 15, 0, facts.now - 1min}, {ProviderId::make(facts.now), 5, 5, facts.now - 14min}};
  EXPECT_EQ(reasons(facts), Reasons{}) << "a few that are being settled are nobody's business";
  ++facts.doubts[0].count;
  EXPECT_EQ(reasons(facts), Reasons{"in_doubt"});
  facts.doubts = {{ProviderId::make(facts.now), 1, 0, facts.now - 20min}};
  const auto verdict = judge(facts, {});
  ASSERT_EQ(verdict.reasons.size(), 1U);
  EXPECT_EQ(verdict.level, HealthLevel::degraded);
  EXPECT_NE(verdict.reasons[0].detail.find("messo doubt list"), std::string::npos) << verdict.reasons[0].detail;
  EXPECT_NE(verdict.reasons[0].detail.find("1 message is in doubt, the oldest for 20 min"), std::string::npos) << verdict.reasons[0].detail;
  HealthThresholds patient;
  patient.doubt_age = 1h;
  EXPECT_TRUE(judge(facts, patient).reasons.empty());
}

TEST(Health, receipts_without_a_delivery_count_when_they_are_many_and_old) {
  auto facts = well();
  facts.receipts.unmatched = 5'000;
  facts.receipts.unmatched_old = HealthThresholds{}.unmatched_receipts;
  EXPECT_EQ(reasons(facts), Reasons{}) << "young ones are usual";
  ++facts.receipts.unmatched_old;
  EXPECT_EQ(reasons(facts), Reasons{"receipts_unmatched"});
  facts.receipts = {};
  facts.receipts.quarantined = 1;
  EXPECT_EQ(reasons(facts), Reasons{"receipts_quarantined"});
}

TEST(Health, certified_mail_nobody_accepted_is_told_with_its_age) {
  auto facts = well();
  facts.acceptances = {1, facts.now - 45min};
  const auto verdict = judge(facts, {});
  ASSERT_EQ(verdict.reasons.size(), 1U);
  EXPECT_EQ(verdict.reasons[0].reason, "pec_acceptance_late");
  EXPECT_EQ(verdict.level, HealthLevel::degraded);
  EXPECT_NE(verdict.reasons[0].detail.find("1 certified message was handed over"), std::string::npos) << verdict.reasons[0].detail;
  EXPECT_NE(verdict.reasons[0].detail.find("the oldest 45 min ago"), std::string::npos) << verdict.reasons[0].detail;
}

TEST(Health, a_mailbox_that_keeps_failing_or_hangs_is_told) {
  auto facts = well();
  facts.mailboxes.resize(1);
  facts.mailboxes[0].provider_key = "pec";
  facts.mailboxes[0].failures = HealthThresholds{}.mailbox_failures - 1;
  EXPECT_EQ(reasons(facts), Reasons{});
  ++facts.mailboxes[0].failures;
  EXPECT_EQ(reasons(facts), Reasons{"mailbox_failing"});
  facts.mailboxes[0].failures = 1;
  facts.mailboxes[0].state = MailboxStatus::State::hanging;
  EXPECT_EQ(reasons(facts), Reasons{"mailbox_failing"});
}

TEST(Health, the_worst_reason_comes_first) {
  auto facts = well();
  facts.store.commit_p99_ms = 5000;
  facts.store.writable = false;
  EXPECT_EQ(reasons(facts), (Reasons{"store_failing", "commits_slow"}));
  facts.store.writable = true;
  facts.depths_known = false;
  EXPECT_EQ(judge(facts, {}).level, HealthLevel::unhealthy);
}

}  // namespace
}  // namespace messo::api
