#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

using DispatcherRetries = Hub;

TEST_F(DispatcherRetries, AFailedMessageComesBackWithTheSameDeliveryAndTheNextNumber) {
  std::atomic<int> tries{0};
  const auto port = add_provider(provider("relay"), [&](const OutgoingMessage&) {
    return ++tries < 3 ? outcome(OutcomeKind::try_later, OutcomeScope::destination, "smtp.450") : sent();
  });
  start();
  const NotificationId id = post();
  ASSERT_TRUE(eventually([&] { return delivery(id).attempts_counted == 1; }));
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 1U) << "not before its time";
  advance(72s);
  ASSERT_TRUE(eventually([&] { return delivery(id).attempts_counted == 2; }));
  advance(6min);
  ASSERT_TRUE(reaches(id, DeliveryResult::sent));
  const auto received = port->received();
  ASSERT_EQ(received.size(), 3U);
  EXPECT_EQ(received[0].delivery, received[2].delivery);
  EXPECT_NE(received[0].attempt, received[2].attempt);
  EXPECT_EQ(received[2].attempt_number, 3U);
  EXPECT_EQ(received[0].created, received[2].created) << "the Date of a message does not move";
}

TEST_F(DispatcherRetries, GivesUpWhenThePolicysAttemptsAreUsedUp) {
  Provider twice = provider("relay");
  twice.retry = RetryPolicy{{1min}, 2};
  add_provider(twice, [](const OutgoingMessage&) { return outcome(OutcomeKind::try_later); });
  start();
  const NotificationId id = post();
  ASSERT_TRUE(eventually([&] { return delivery(id).attempts_counted == 1; }));
  advance(2min);
  ASSERT_TRUE(reaches(id, DeliveryResult::refused));
  EXPECT_EQ(delivery(id).attempts.size(), 2U);
}

TEST_F(DispatcherRetries, AThrottleOfTheProviderPausesItAndCostsNoAttempt) {
  std::atomic<bool> slow{true};
  const auto port = add_provider(
      provider("relay"), [&](const OutgoingMessage&) { return slow ? throttled(OutcomeScope::provider, 30s) : sent(); }, 1);
  start();
  const auto ids = post_many(5, {});
  ASSERT_TRUE(eventually([&] { return port->count() == 1 && first_provider().gate == Gate::asked_to_wait; }));
  advance(29s);
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 1U) << "the provider asked for thirty seconds";
  slow = false;
  advance(10s);
  for (const NotificationId& id : ids) {
    ASSERT_TRUE(reaches(id, DeliveryResult::sent));
    EXPECT_LE(delivery(id).attempts_counted, 1U);
  }
}

TEST_F(DispatcherRetries, WithoutAWishAThrottledProviderIsAskedLessAndLessOften) {
  const auto port = add_provider(
      provider("relay"), [](const OutgoingMessage&) { return throttled(OutcomeScope::provider); }, 1);
  start();
  post();
  std::vector<Millis> waits;
  for (std::size_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(eventually([&] {
      dispatcher->ring();
      return port->count() == i && first_provider().wait > 0ms;
    }));
    waits.push_back(first_provider().wait);
    advance(std::max(waits.back(), Millis{5s}));
  }
  EXPECT_EQ(waits, (std::vector<Millis>{1s, 2s, 4s, 8s, 16s}));
}

TEST_F(DispatcherRetries, ARefusalByTheAccountDoesNotRefuseTheMessages) {
  std::atomic<bool> wrong_password{true};
  add_provider(provider("relay"), [&](const OutgoingMessage&) {
    return wrong_password ? outcome(OutcomeKind::refused, OutcomeScope::provider, "smtp.535") : sent();
  });
  start();
  const auto ids = post_many(20, {});
  ASSERT_TRUE(eventually([&] { return first_provider().gate == Gate::breaker_open; }));
  EXPECT_EQ(closed_as(DeliveryResult::refused), 0U);
  wrong_password = false;
  ASSERT_TRUE(eventually([&] {
    advance(1s);
    return closed_as(DeliveryResult::sent) == 20;
  }));
}

TEST_F(DispatcherRetries, AFailingProviderIsTriedWithOneMessageAtATime) {
  std::atomic<bool> down{true};
  const auto port = add_provider(provider("relay"), [&](const OutgoingMessage&) {
    return down ? outcome(OutcomeKind::try_later, OutcomeScope::provider, "smtp.connect_failed") : sent();
  });
  start();
  post_many(30, {});
  ASSERT_TRUE(eventually([&] { return first_provider().gate == Gate::breaker_open; }));
  ASSERT_TRUE(quiet());
  const std::size_t first = port->count();
  advance(first_provider().wait);
  ASSERT_TRUE(eventually([&] { return port->count() == first + 1; }));
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), first + 1) << "one probe, no more";
  EXPECT_EQ(first_provider().gate, Gate::breaker_open);
  down = false;
  ASSERT_TRUE(eventually([&] {
    advance(1s);
    return closed_as(DeliveryResult::sent) == 30;
  }));
}

TEST_F(DispatcherRetries, AnUnknownOutcomeIsResentOnlyWhereThatIsAllowed) {
  Provider email = provider("relay", OnDoubt::resend), pec = provider("pec", OnDoubt::hold);
  pec.pool = "pec";
  std::atomic<int> first{0};
  add_provider(email,
               [&](const OutgoingMessage&) { return first++ == 0 ? outcome(OutcomeKind::unknown, OutcomeScope::provider) : sent(); });
  add_provider(pec, [](const OutgoingMessage&) { return outcome(OutcomeKind::unknown, OutcomeScope::provider); });
  start();
  const NotificationId mail = post();
  const NotificationId legal = post({.pool = "pec"});
  ASSERT_TRUE(reaches(legal, Phase::in_doubt));
  ASSERT_TRUE(eventually([&] { return delivery(mail).attempts_counted == 1; }));
  advance(2min);
  ASSERT_TRUE(reaches(mail, DeliveryResult::sent));
  advance(24h);
  ASSERT_TRUE(quiet());
  EXPECT_EQ(delivery(legal).attempts.size(), 1U) << "a PEC is never repeated by itself";
}

TEST_F(DispatcherRetries, AProviderThatNeverAnswersLeavesADoubtThatALateAnswerSettles) {
  const auto port = add_provider(
      provider("pec", OnDoubt::hold), [](const OutgoingMessage&) { return std::nullopt; }, 1);
  start();
  const NotificationId id = post();
  ASSERT_TRUE(eventually([&] { return port->held() == 1; }));
  advance(answer_wait(Channel::email) + 1s);
  ASSERT_TRUE(reaches(id, Phase::in_doubt));
  EXPECT_EQ(delivery(id).attempts.at(0).code, "no_answer");
  port->answer_all(sent());
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
  EXPECT_EQ(dispatcher->status().in_hand, 0U);
}

TEST_F(DispatcherRetries, ALateRefusalToTakeItMakesTheDoubtAnotherTry) {
  const auto port = add_provider(
      provider("pec", OnDoubt::hold), [](const OutgoingMessage&) { return std::nullopt; }, 1);
  start();
  const NotificationId id = post();
  ASSERT_TRUE(eventually([&] { return port->held() == 1; }));
  advance(answer_wait(Channel::email) + 1s);
  ASSERT_TRUE(reaches(id, Phase::in_doubt));
  port->set_script({});
  port->answer_all(throttled(OutcomeScope::message, 1s));
  ASSERT_TRUE(eventually([&] { return waits(id); }));
  EXPECT_TRUE(eventually([&] {
    advance(1s);
    return delivery(id).state.result == DeliveryResult::sent;
  }));
}

TEST_F(DispatcherRetries, ABusyPluginGetsItsBatchAgainAndItCostsNothing) {
  const auto port = add_provider(provider("relay"));
  port->answer_next_submits({Submitted::busy, Submitted::busy});
  start();
  const auto ids = post_many(3, {});
  ASSERT_TRUE(eventually([&] {
    advance(200ms);
    return closed_as(DeliveryResult::sent) == 3;
  }));
  for (const NotificationId& id : ids) EXPECT_EQ(delivery(id).attempts_counted, 1U);
  EXPECT_GE(dispatcher->metrics().submit_busy.load(), 1U);
}

TEST_F(DispatcherRetries, APluginThatFailsMidwayLeavesItsBatchInDoubt) {
  const auto port = add_provider(provider("pec", OnDoubt::hold));
  port->answer_next_submits({Submitted::failed});
  start();
  const NotificationId id = post();
  ASSERT_TRUE(reaches(id, Phase::in_doubt));
  EXPECT_EQ(delivery(id).attempts.at(0).code, "submit_failed");
}

}  // namespace
}  // namespace messo::testing
