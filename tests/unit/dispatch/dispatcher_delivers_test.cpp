#include <algorithm>

#include "store/decisions.hpp"
#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

using DispatcherDelivers = Hub;

TEST_F(DispatcherDelivers, AnAcceptedMessageReachesTheProviderWholeAndEndsAsSent) {
  const auto port = add_provider(provider("relay"));
  start();
  Job job;
  job.reference = "pratica-42";
  const NotificationId id = post(job);
  ASSERT_TRUE(reaches(id, DeliveryResult::sent));

  const auto received = port->received();
  ASSERT_EQ(received.size(), 1U);
  const OutgoingMessage& message = received[0];
  EXPECT_EQ(message.to, "mario.rossi@example.it");
  EXPECT_EQ(message.to_name, "Mario Rossi");
  EXPECT_EQ(message.from, "sportello@comune.example.it");
  EXPECT_EQ(message.from_name, "Sportello unico");
  EXPECT_EQ(message.reply_to, "risposte@comune.example.it");
  EXPECT_EQ(message.attempt_number, 1U);
  EXPECT_EQ(message.created, clock.now());
  EXPECT_EQ(message.send_before, clock.now() + 72h);
  EXPECT_EQ(message.meta_json, R"({"organisation":"comune","organisation_name":"comune","reference":"pratica-42","service":"sportello"})");
  ASSERT_EQ(message.parts.size(), 2U);

  const DeliveryView ended = delivery(id);
  ASSERT_EQ(ended.attempts.size(), 1U);
  EXPECT_EQ(ended.attempts[0].outcome, OutcomeKind::sent);
  EXPECT_EQ(ended.attempts[0].code, "test.250");
  EXPECT_EQ(ended.attempts[0].content_hash, std::string(32, 'h'));
  EXPECT_TRUE(ended.attempts[0].handed_over_at);
}

TEST_F(DispatcherDelivers, AMessageForAProviderThatMustNotRepeatIsHandedOverDurablyBeforeItIsSubmitted) {
  NotificationId id;
  std::optional<Phase> phase_at_submit;
  const auto port = add_provider(provider("pec", OnDoubt::hold), [&](const OutgoingMessage&) {
    phase_at_submit = delivery(id).state.phase;
    return sent();
  });
  id = post();
  start();
  ASSERT_TRUE(reaches(id, DeliveryResult::sent));
  EXPECT_EQ(phase_at_submit, Phase::handed_over);
}

TEST_F(DispatcherDelivers, TestModeIsNeverCountedAsSent) {
  const auto port = add_provider(provider("outbox"));
  port->set_simulated();
  start();
  const NotificationId id = post();
  ASSERT_TRUE(reaches(id, DeliveryResult::simulated));
  EXPECT_EQ(closed_as(DeliveryResult::sent), 0U);
}

TEST_F(DispatcherDelivers, ATestKeysMessageNeverReachesARealProvider) {
  Provider real = provider("relay");
  real.pool = "test";
  const auto port = add_provider(real);
  start();
  Job job;
  job.pool = "test";
  job.kind = KeyKind::test;
  const NotificationId id = post(job);
  ASSERT_TRUE(reaches(id, DeliveryResult::refused));
  EXPECT_EQ(port->count(), 0U);
  EXPECT_EQ(delivery(id).attempts.at(0).code, "test_provider_not_simulated");
}

TEST_F(DispatcherDelivers, PendingWaitsForItsReceipt) {
  add_provider(provider("pec", OnDoubt::hold), [](const OutgoingMessage&) { return outcome(OutcomeKind::pending); });
  start();
  const NotificationId id = post();
  ASSERT_TRUE(reaches(id, Phase::awaiting_receipt));
  const auto timers = store->timers().due(clock.now() + decisions::receipt_wait(Channel::email), 10);
  ASSERT_TRUE(timers);
  EXPECT_EQ(timers->size(), 1U);
}

TEST_F(DispatcherDelivers, WhatCannotBeRenderedIsRefusedAndTheOthersGoOn) {
  const auto port = add_provider(provider("relay"));
  const Job bad{.reference = "bad"};
  renderer.instead = [](const LeasedDelivery& d) -> Result<RenderedParts> {
    if (d.reference == "bad") return fail(ErrorKind::corrupt, "data_corrupt", "the data cannot be read");
    return RenderedParts{{{"text", "text/plain", "ok"}}, std::string(32, 'x')};
  };
  const NotificationId broken = post(bad), good = post();
  start();
  ASSERT_TRUE(reaches(good, DeliveryResult::sent));
  ASSERT_TRUE(reaches(broken, DeliveryResult::refused));
  EXPECT_EQ(delivery(broken).attempts.at(0).code, "render_failed");
  EXPECT_EQ(port->count(), 1U);
  EXPECT_EQ(dispatcher->metrics().render_failed.load(), 1U);
}

TEST_F(DispatcherDelivers, ATemplateThatCannotBeReadForNowIsTriedAgainWithoutCostingAnAttempt) {
  add_provider(provider("relay"));
  std::atomic<bool> down{true};
  renderer.instead = [&](const LeasedDelivery&) -> Result<RenderedParts> {
    if (down) return fail(ErrorKind::unavailable, "store", "later");
    return RenderedParts{{{"text", "text/plain", "ok"}}, {}};
  };
  const NotificationId id = post();
  start();
  ASSERT_TRUE(eventually([&] { return !delivery(id).attempts.empty() && waits(id); }));
  EXPECT_EQ(delivery(id).attempts_counted, 0U);
  down = false;
  advance(10s);
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
}

TEST_F(DispatcherDelivers, NothingIsSubmittedBeyondTheCreditsNorTheConcurrency) {
  Provider narrow = provider("narrow");
  narrow.concurrency = 3;
  const auto port = add_provider(narrow, [](const OutgoingMessage&) { return std::nullopt; });
  start();
  post_many(50, {});
  ASSERT_TRUE(eventually([&] { return port->held() == 3; }));
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->held(), 3U);
  port->grant(2);
  port->answer_all(sent());
  ASSERT_TRUE(eventually([&] { return port->count() == 5; }));
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->held(), 2U);
  EXPECT_EQ(port->most_at_once(), 3U);
}

TEST_F(DispatcherDelivers, NothingLeavesBeforeTheFirstGrantNorDuringAProvidersPause) {
  const auto port = add_provider(provider("relay"), {}, 0);
  start();
  const NotificationId id = post();
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 0U);
  port->grant(10, clock.now() + 1min, "535 5.7.8 wrong user name or password");
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 0U);
  const auto status = dispatcher->status();
  ASSERT_EQ(status.providers.size(), 1U);
  EXPECT_EQ(status.providers[0].gate, Gate::asked_to_wait);
  EXPECT_EQ(status.providers[0].reason, "535 5.7.8 wrong user name or password");
  EXPECT_EQ(status.providers[0].wait, 1min);
  advance(1min);
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
}

TEST_F(DispatcherDelivers, APauseInThePastOrAStepOfTheWallClockDoesNotHoldAProviderBack) {
  const auto port = add_provider(provider("relay"), {}, 0);
  start();
  port->grant(10, clock.now() + 1min);
  const NotificationId id = post();
  clock.step_wall(-24h);  // the pause is kept in monotonic time
  advance(1min);
  clock.step_wall(24h);
  dispatcher->ring();
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
}

TEST_F(DispatcherDelivers, AnIdleDispatcherSleepsAndStillLooksNowAndThen) {
  add_provider(provider("relay"));
  start();
  ASSERT_TRUE(quiet());
  const auto before = dispatcher->metrics().turns.load();
  const auto started = std::chrono::steady_clock::now();
  // A message whose bell was lost.
  auto* silent = dispatcher.release();
  const NotificationId id = post();
  dispatcher.reset(silent);
  ASSERT_TRUE(reaches(id, DeliveryResult::sent));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  EXPECT_LE(dispatcher->metrics().turns.load() - before, 8 + static_cast<std::uint64_t>(seconds * 4)) << "no busy loop";
}

TEST_F(DispatcherDelivers, AnIdleDispatcherHandsAnUrgentMessageOverAtOnce) {
  const auto port = add_provider(provider("relay"));
  start();
  ASSERT_TRUE(quiet());
  std::vector<double> ms;
  for (std::size_t i = 1; i <= 20; ++i) {
    const auto started = std::chrono::steady_clock::now();
    Job otp{.priority = Priority::urgent};
    const NotificationId id = post(otp);
    ASSERT_TRUE(eventually([&] { return port->count() == i; }));
    ms.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count());
    ASSERT_TRUE(reaches(id, DeliveryResult::sent));
  }
  std::ranges::sort(ms);
  EXPECT_LT(ms[ms.size() / 2], 50) << "median; the machine may be busy";
}

}  // namespace
}  // namespace messo::testing
