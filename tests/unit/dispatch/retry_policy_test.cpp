#include "dispatch/retry_policy.hpp"

#include <gtest/gtest.h>

#include "store/decisions.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;

const Instant kRetryNow = from_unix_ms(1'780'000'000'000);
const RetryPolicy kPolicy{{1min, 5min, 15min}, 0};

Outcome outcome(OutcomeKind kind, OutcomeScope scope = OutcomeScope::message) {
  Outcome out;
  out.kind = kind;
  out.scope = scope;
  return out;
}
Outcome throttled(OutcomeScope scope) {
  Outcome out = outcome(OutcomeKind::try_later, scope);
  out.throttled = true;
  return out;
}
Outcome with_wish(Outcome out, Millis wish) {
  out.retry_after = wish;
  return out;
}

struct RetryCase {
  const char* name;
  ProviderRules rules;
  std::uint32_t counted;
  Outcome outcome;
  bool late;
  Change change;
  bool counts;
  Millis earliest, latest;  // of due_at after now; both zero: not looked at
};

class RetryTable : public ::testing::TestWithParam<RetryCase> {};

TEST_P(RetryTable, DecidesAsThePageSays) {
  const RetryCase& c = GetParam();
  const AttemptFacts facts{DeliveryId::make(kRetryNow), Channel::email, c.counted, kRetryNow + 72h, c.late};
  const Verdict verdict = decide(c.rules, facts, c.outcome, kRetryNow);
  EXPECT_EQ(to_string(verdict.change), to_string(c.change));
  if (c.change == Change::retry || c.change == Change::release) {
    EXPECT_EQ(verdict.counts, c.counts);
  }
  if (c.latest > Millis{0}) {
    EXPECT_GE(verdict.due_at, kRetryNow + c.earliest);
    EXPECT_LE(verdict.due_at, kRetryNow + c.latest);
  }
}

const ProviderRules kResend{OnDoubt::resend, kPolicy, false}, kAsk{OnDoubt::ask, kPolicy, false}, kHold{OnDoubt::hold, kPolicy, false};
const ProviderRules kTest{OnDoubt::hold, kPolicy, true};
const ProviderRules kThree{OnDoubt::resend, {{1min}, 3}, false};
constexpr auto kMessage = OutcomeScope::message, kDestination = OutcomeScope::destination;
constexpr auto kProviderScope = OutcomeScope::provider;

INSTANTIATE_TEST_SUITE_P(
    Outcomes, RetryTable,
    ::testing::Values(
        RetryCase{"sent", kHold, 0, outcome(OutcomeKind::sent), false, Change::sent_final, true, 0ms, 0ms},
        RetryCase{"sent_in_test_mode", kTest, 0, outcome(OutcomeKind::sent), false, Change::sent_simulated, true, 0ms, 0ms},
        RetryCase{"pending", kHold, 0, outcome(OutcomeKind::pending), false, Change::sent_awaiting, true, 0ms, 0ms},
        RetryCase{"pending_in_test_mode", kTest, 0, outcome(OutcomeKind::pending), false, Change::sent_simulated, true, 0ms, 0ms},
        RetryCase{"refused", kHold, 0, outcome(OutcomeKind::refused), false, Change::refuse, true, 0ms, 0ms},
        RetryCase{"refused_address", kHold, 0, outcome(OutcomeKind::refused, kDestination), false, Change::refuse, true, 0ms, 0ms},
        RetryCase{"account_refused_is_not_the_messages_fault", kHold, 5, outcome(OutcomeKind::refused, kProviderScope), false,
                  Change::retry, false, 1600ms, 2400ms},
        RetryCase{"first_failure_waits_a_minute", kHold, 0, outcome(OutcomeKind::try_later), false, Change::retry, true, 48s, 72s},
        RetryCase{"second_failure_waits_five", kHold, 1, outcome(OutcomeKind::try_later, kDestination), false, Change::retry, true, 240s,
                  360s},
        RetryCase{"the_last_wait_repeats", kHold, 9, outcome(OutcomeKind::try_later), false, Change::retry, true, 12min, 18min},
        RetryCase{"no_waits_configured",
                  {OnDoubt::hold, {{}, 0}, false},
                  3,
                  outcome(OutcomeKind::try_later),
                  false,
                  Change::retry,
                  true,
                  48s,
                  72s},
        RetryCase{"attempts_left", kThree, 1, outcome(OutcomeKind::try_later), false, Change::retry, true, 48s, 72s},
        RetryCase{"no_attempt_left", kThree, 2, outcome(OutcomeKind::try_later), false, Change::refuse, true, 0ms, 0ms},
        RetryCase{"a_providers_failure_costs_no_attempt", kThree, 2, outcome(OutcomeKind::try_later, kProviderScope), false, Change::retry,
                  false, 1600ms, 2400ms},
        RetryCase{"a_providers_wish_pauses_it_not_the_message", kThree, 2, with_wish(outcome(OutcomeKind::try_later, kProviderScope), 1h),
                  false, Change::retry, false, 1600ms, 2400ms},
        RetryCase{"throttle_of_the_provider", kThree, 2, throttled(kProviderScope), false, Change::release, false, 1600ms, 2400ms},
        RetryCase{"throttle_of_one_destination", kThree, 2, throttled(kDestination), false, Change::release, false, 24s, 36s},
        RetryCase{"a_late_throttle_may_settle_a_doubt", kHold, 0, throttled(kMessage), true, Change::retry, false, 24s, 36s},
        RetryCase{"a_wish_is_never_cut_short", kHold, 0, with_wish(outcome(OutcomeKind::try_later, kDestination), 10min), false,
                  Change::retry, true, 10min, 12min},
        RetryCase{"a_negative_wish_is_now", kHold, 0, with_wish(outcome(OutcomeKind::try_later), -5s), false, Change::retry, true, 0ms,
                  1ms},
        RetryCase{"unknown_resend", kResend, 0, outcome(OutcomeKind::unknown), false, Change::retry, true, 48s, 72s},
        RetryCase{"unknown_of_the_provider_counts_too", kResend, 0, outcome(OutcomeKind::unknown, kProviderScope), false, Change::retry,
                  true, 48s, 72s},
        RetryCase{"unknown_and_no_attempt_left_is_a_doubt", kThree, 2, outcome(OutcomeKind::unknown), false, Change::doubt, true, 0ms, 0ms},
        RetryCase{"unknown_ask", kAsk, 0, outcome(OutcomeKind::unknown), false, Change::doubt, true, 0ms, 0ms},
        RetryCase{"unknown_hold", kHold, 0, outcome(OutcomeKind::unknown), false, Change::doubt, true, 0ms, 0ms}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(RetryPolicyTest, ARetryIsNeverPlannedPastTheExpiry) {
  for (const auto& o : {outcome(OutcomeKind::try_later), with_wish(outcome(OutcomeKind::try_later), 48h), throttled(kDestination)}) {
    const AttemptFacts facts{DeliveryId::make(kRetryNow), Channel::email, 0, kRetryNow + 10s, false};
    EXPECT_EQ(decide(kHold, facts, o, kRetryNow).due_at, kRetryNow + 10s);
  }
}

TEST(RetryPolicyTest, PendingWaitsForTheReceiptAsLongAsItsChannelNeeds) {
  for (const Channel channel : kChannels) {
    const AttemptFacts facts{DeliveryId::make(kRetryNow), channel, 0, kRetryNow + 1h, false};
    const Verdict verdict = decide(kHold, facts, outcome(OutcomeKind::pending), kRetryNow);
    EXPECT_EQ(verdict.deadline, kRetryNow + decisions::receipt_wait(channel));
  }
  EXPECT_GE(decisions::receipt_wait(Channel::pec), 24h) << "the definitive notice of non-delivery may take 24 hours";
}

TEST(RetryPolicyTest, TheSameDecisionComesOutTwiceAndTwoDeliveriesSpread) {
  const DeliveryId one = DeliveryId::make(kRetryNow);
  EXPECT_EQ(jitter(one, 3), jitter(one, 3));
  EXPECT_NE(jitter(one, 3), jitter(one, 4));
  double least = 2, most = 0, sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const double factor = jitter(DeliveryId::make(kRetryNow), 1);
    least = std::min(least, factor);
    most = std::max(most, factor);
    sum += factor;
  }
  EXPECT_GE(least, 0.8);
  EXPECT_LE(most, 1.2);
  EXPECT_LT(least, 0.82);
  EXPECT_GT(most, 1.18);
  EXPECT_NEAR(sum / 2000, 1.0, 0.02);
}

TEST(RetryPolicyTest, OnlyWhatIsTheProvidersFaultBlamesIt) {
  EXPECT_TRUE(blames_provider(outcome(OutcomeKind::try_later, kProviderScope)));
  EXPECT_TRUE(blames_provider(outcome(OutcomeKind::refused, kProviderScope)));
  EXPECT_TRUE(blames_provider(outcome(OutcomeKind::unknown, kProviderScope)));
  EXPECT_FALSE(blames_provider(throttled(kProviderScope)));
  EXPECT_FALSE(blames_provider(outcome(OutcomeKind::sent, kProviderScope)));
  EXPECT_FALSE(blames_provider(outcome(OutcomeKind::refused, kDestination)));
}

}  // namespace
}  // namespace messo
