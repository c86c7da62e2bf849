// Shutdown, crashes, a store that does not answer.
#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

using DispatcherSurvives = Hub;

std::size_t attempts_of(Hub& hub, const std::vector<NotificationId>& ids) {
  std::size_t sum = 0;
  for (const NotificationId& id : ids) sum += hub.delivery(id).attempts.size();
  return sum;
}

TEST_F(DispatcherSurvives, AShutdownLeavesNothingInHandAndTheNextStartSendsTheRest) {
  const auto port = add_provider(
      provider("pec", OnDoubt::hold), [](const OutgoingMessage&) { return std::nullopt; }, 20);
  start();
  const auto ids = post_many(50, {});
  ASSERT_TRUE(eventually([&] { return port->held() == 19; }));
  EXPECT_EQ(stop(), 0U);
  for (const NotificationId& id : ids) {
    EXPECT_TRUE(waits(id));
    EXPECT_EQ(delivery(id).attempts_counted, 0U) << "given back: it never left";
  }
  port->set_script({});
  start();
  advance(5s);
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 50; }));
  EXPECT_EQ(dispatcher->status().recovered.in_doubt, 0U);
}

TEST_F(DispatcherSurvives, OutcomesThatCameWithTheDrainAreRecordedBeforeTheEnd) {
  const auto port = add_provider(
      provider("relay"), [](const OutgoingMessage&) { return std::nullopt; }, 1000);
  start();
  post_many(500, {});
  ASSERT_TRUE(eventually([&] { return port->held() >= 400; }));
  const std::size_t held = port->held();
  dispatcher->stop_leasing();
  port->answer_all(sent());
  EXPECT_EQ(stop(), 0U);
  EXPECT_GE(closed_as(DeliveryResult::sent), held);
}

TEST_F(DispatcherSurvives, ACrashResendsWhereAllowedAndHoldsWhereNot) {
  Provider pec = provider("pec", OnDoubt::hold);
  pec.pool = "pec";
  const auto silent = [](const OutgoingMessage&) { return std::nullopt; };
  const auto mail_port = add_provider(provider("relay", OnDoubt::resend), silent), pec_port = add_provider(pec, silent);
  start();
  const NotificationId mail = post(), legal = post({.pool = "pec"});
  ASSERT_TRUE(eventually([&] { return mail_port->held() == 1 && pec_port->held() == 1; }));
  crash();
  mail_port->set_script({});
  pec_port->set_script({});
  start();
  const Recovered found = dispatcher->status().recovered;
  EXPECT_EQ(found.resent, 1U);
  EXPECT_EQ(found.in_doubt, 1U);
  ASSERT_TRUE(reaches(mail, DeliveryResult::sent));
  EXPECT_EQ(mail_port->received().at(0).delivery, mail_port->received().at(1).delivery) << "same delivery: same Message-ID";
  ASSERT_TRUE(quiet());
  EXPECT_EQ(delivery(legal).state.phase, Phase::in_doubt);
  EXPECT_EQ(pec_port->count(), 1U);
}

TEST_F(DispatcherSurvives, AnAnswerToAnEarlierRunsAttemptSettlesItsDoubt) {
  const auto port = add_provider(provider("pec", OnDoubt::hold), [](const OutgoingMessage&) { return std::nullopt; });
  start();
  const NotificationId id = post();
  ASSERT_TRUE(eventually([&] { return port->held() == 1; }));
  const AttemptId attempt = port->received().at(0).attempt;
  crash();
  start();
  ASSERT_TRUE(reaches(id, Phase::in_doubt));
  dispatcher->listener().on_outcome(port->settings().id, attempt, sent());
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
}

TEST_F(DispatcherSurvives, AMessageThatKillsTheHubThreeTimesIsPutOnHold) {
  const auto port = add_provider(provider("relay", OnDoubt::resend), [](const OutgoingMessage&) { return std::nullopt; });
  const NotificationId id = post();
  for (std::size_t run = 1; run <= 3; ++run) {
    start();
    ASSERT_TRUE(eventually([&] { return port->count() == run; }));
    crash();
  }
  start();
  EXPECT_EQ(dispatcher->status().recovered.poisonous, 1U);
  EXPECT_EQ(delivery(id).state.phase, Phase::in_doubt);
}

TEST_F(DispatcherSurvives, WhileTheStoreDoesNotTakeOutcomesNothingIsLostAndLittleIsSent) {
  const auto port = add_provider(
      provider("relay"), [](const OutgoingMessage&) { return std::nullopt; }, 16);
  start();
  post_many(200, {});
  ASSERT_TRUE(eventually([&] { return port->held() == 15; }));
  store->flaky_work.writes_fail = true;
  port->answer_all(sent());
  ASSERT_TRUE(eventually([&] { return dispatcher->status().store_failing && dispatcher->metrics().record_retries.load() > 0; }));
  const std::size_t in_the_meantime = port->count();
  EXPECT_EQ(in_the_meantime, 15U) << "nothing more leaves before what left is recorded";
  EXPECT_EQ(closed_as(DeliveryResult::sent), 0U);
  store->flaky_work.writes_fail = false;
  port->set_script({});
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 200; }));
  EXPECT_EQ(dispatcher->metrics().record_set_aside.load(), 0U);
}

TEST_F(DispatcherSurvives, AStoreThatCannotBeReadIsAskedAgainWithoutABusyLoop) {
  add_provider(provider("relay"));
  store->flaky_work.reads_fail = true;
  start();
  const NotificationId id = post();
  ASSERT_TRUE(eventually([&] { return dispatcher->status().store_failing; }));
  const int before = store->flaky_work.lane_reads;
  const auto started = std::chrono::steady_clock::now();
  ASSERT_TRUE(eventually([&] {
    dispatcher->ring();
    return store->flaky_work.lane_reads >= before + 2;
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - started, 150ms);
  store->flaky_work.reads_fail = false;
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
}

TEST_F(DispatcherSurvives, AnOutcomeTheStoreRefusesDoesNotHoldUpTheOthers) {
  const auto port = add_provider(provider("relay"), [](const OutgoingMessage& m) {
    return m.meta_json.find("\"bad\"") != std::string::npos ? outcome(OutcomeKind::sent, OutcomeScope::message, "test.poison") : sent();
  });
  post_many(10, {});
  post({.reference = "bad"});
  post_many(10, {});
  start();
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 20; }));
  ASSERT_TRUE(eventually([&] { return dispatcher->metrics().record_set_aside.load() == 1; }));
}

TEST_F(DispatcherSurvives, StoppingWithADeadStoreGivesUpInTimeAndTheNextStartSettlesIt) {
  const auto port = add_provider(provider("relay"), [](const OutgoingMessage&) { return std::nullopt; });
  start();
  const NotificationId id = post();
  ASSERT_TRUE(eventually([&] { return port->held() == 1; }));
  store->flaky_work.writes_fail = true;
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(stop(200ms), 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
  store->flaky_work.writes_fail = false;
  port->set_script({});
  start();
  EXPECT_EQ(dispatcher->status().recovered.resent, 1U);
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
}

TEST_F(DispatcherSurvives, AProviderThatGoesAwayAndComesBackGetsWhatWaits) {
  add_provider(
      provider("relay"), [](const OutgoingMessage&) { return outcome(OutcomeKind::try_later, OutcomeScope::provider); }, 0);
  start();
  const auto ids = post_many(10, {});
  ASSERT_TRUE(quiet());
  EXPECT_EQ(attempts_of(*this, ids), 0U);
  add_provider(provider("second"));
  EXPECT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 10; }));
}

TEST_F(DispatcherSurvives, TheBooksBalanceAfterRunsThatWereCutShort) {
  std::atomic<int> turn{0};
  const auto port = add_provider(provider("relay"), [&](const OutgoingMessage&) -> std::optional<Outcome> {
    switch (turn++ % 7) {
      case 0: return std::nullopt;
      case 1: return outcome(OutcomeKind::refused);
      case 2: return outcome(OutcomeKind::try_later, OutcomeScope::destination);
      case 3: return throttled(OutcomeScope::message, 1s);
      default: return sent();
    }
  });
  std::size_t posted = 0;
  for (int run = 0; run < 6; ++run) {
    start();
    post_many(100, {});
    posted += 100;
    ASSERT_TRUE(eventually([&] { return port->count() >= static_cast<std::size_t>(40 * (run + 1)); }));
    crash();
    clock.advance(1min);
  }
  port->set_script({});
  start();
  ASSERT_TRUE(eventually([&] {
    advance(1min);
    const auto books = store->ledger().books();
    std::uint64_t doubts = 0;
    const auto depths = store->ledger().depths(clock.now());
    for (const Depth& depth : *depths) doubts += depth.in_doubt;
    return books && books->open == doubts;
  }));
  const auto books = store->ledger().books();
  std::uint64_t closed = 0;
  for (const auto& [result, count] : books->closed) closed += count;
  EXPECT_EQ(books->accepted, posted);
  EXPECT_EQ(closed + books->open, posted);
}

}  // namespace
}  // namespace messo::testing
