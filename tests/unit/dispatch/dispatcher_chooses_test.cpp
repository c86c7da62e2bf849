#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

using DispatcherChooses = Hub;

TEST_F(DispatcherChooses, ProvidersOfAPoolShareByWeight) {
  Provider large = provider("large"), small = provider("small");
  large.weight = 3;
  const auto a = add_provider(large, {}, 2000), b = add_provider(small, {}, 2000);
  pause(PauseScope::pool, "email");
  post_many(400, {});
  start();
  resume(PauseScope::pool, "email");
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 400; }));
  EXPECT_NEAR(static_cast<double>(a->count()), 300, 20);
  EXPECT_NEAR(static_cast<double>(b->count()), 100, 20);
}

TEST_F(DispatcherChooses, AProviderThatFailsAMessageIsNotGivenItNext) {
  const auto bad =
      add_provider(provider("a-bad"), [](const OutgoingMessage&) { return outcome(OutcomeKind::try_later, OutcomeScope::provider); });
  const auto good = add_provider(provider("b-good"));
  start();
  const auto ids = post_many(4, {});
  ASSERT_TRUE(eventually([&] {
    advance(3s);
    return closed_as(DeliveryResult::sent) == 4;
  }));
  std::map<DeliveryId, int> seen;
  for (const OutgoingMessage& m : bad->received()) ++seen[m.delivery];
  for (const auto& [id, times] : seen) EXPECT_EQ(times, 1) << "its next attempt goes to the other provider";
  EXPECT_EQ(good->count(), 4U);
}

TEST_F(DispatcherChooses, APausedOrDisabledOrSilentProviderIsPassedOver) {
  const auto paused = add_provider(provider("paused"));
  Provider off = provider("off");
  off.enabled = false;
  const auto disabled = add_provider(off);
  const auto silent = add_provider(provider("silent"), {}, 0);
  const auto works = add_provider(provider("works"));
  pause(PauseScope::provider, paused->settings().id.value.view());
  start();
  post_many(10, {});
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 10; }));
  EXPECT_EQ(works->count(), 10U);
  EXPECT_EQ(paused->count() + disabled->count() + silent->count(), 0U);
  resume(PauseScope::provider, paused->settings().id.value.view());
  post_many(10, {});
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 20; }));
  EXPECT_GT(paused->count(), 0U);
}

TEST_F(DispatcherChooses, AProviderOfOtherOrganisationsIsNotUsed) {
  const OrganisationId other = add_organisation("altro");
  const ServiceId office = add_service(other, "ufficio");
  Provider theirs = provider("theirs");
  theirs.organisations = {other};
  const auto port = add_provider(theirs);
  start();
  const NotificationId ours = post();
  const NotificationId allowed = post({.organisation = other, .service = office});
  ASSERT_TRUE(reaches(allowed, DeliveryResult::sent));
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 1U);
  EXPECT_EQ(delivery(ours).state.phase, Phase::due);
  add_provider(provider("ours"));
  EXPECT_TRUE(reaches(ours, DeliveryResult::sent));
}

TEST_F(DispatcherChooses, EverythingThatCanBePausedIsAndGoesOnAfterwards) {
  add_provider(provider("relay"));
  start();
  const BatchId batch = BatchId::make(clock.now());
  const std::vector<std::pair<PauseScope, std::string>> scopes{{PauseScope::organisation, std::string(town.value.view())},
                                                               {PauseScope::service, std::string(desk.value.view())},
                                                               {PauseScope::pool, "email"},
                                                               {PauseScope::batch, std::string(batch.value.view())}};
  std::size_t done = 0;
  for (const auto& [scope, subject] : scopes) {
    pause(scope, subject);
    post({.batch = batch});
    ASSERT_TRUE(quiet());
    EXPECT_EQ(closed_as(DeliveryResult::sent), done) << "scope " << static_cast<int>(scope);
    resume(scope, subject);
    ++done;
    ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == done; })) << "scope " << static_cast<int>(scope);
  }
}

TEST_F(DispatcherChooses, ALargePausedBatchDoesNotHideTheWorkBehindItNorFillTheMemory) {
  add_provider(provider("relay"));
  const BatchId batch = BatchId::make(clock.now());
  pause(PauseScope::batch, batch.value.view());
  post_many(20'000, {.batch = batch});
  clock.advance(1s);
  const NotificationId behind = post();
  DispatchConfig config;
  config.window_rows = 500;
  start(config);
  ASSERT_TRUE(reaches(behind, DeliveryResult::sent));
  EXPECT_LE(store->flaky_work.largest_read.load(), 500U);
  EXPECT_EQ(closed_as(DeliveryResult::sent), 1U);
}

TEST_F(DispatcherChooses, UrgentMessagesLeaveWhileAnAlertFillsEveryPlace) {
  std::mutex mutex;
  std::vector<Priority> order;
  const auto port = add_provider(
      provider("relay"),
      [&](const OutgoingMessage& m) -> std::optional<Outcome> {
        const std::scoped_lock hold(mutex);
        order.push_back(m.priority);
        if (m.priority == Priority::alert) return std::nullopt;  // it takes its time
        return sent();
      },
      32);
  start();
  post_many(500, {.priority = Priority::alert});
  ASSERT_TRUE(eventually([&] { return port->held() == 30; }));
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->held(), 30U) << "two places are kept for urgent messages";
  const NotificationId code = post({.priority = Priority::urgent});
  EXPECT_TRUE(reaches(code, DeliveryResult::sent));
}

TEST_F(DispatcherChooses, NoClassStarvesWhileAllHaveWork) {
  std::mutex mutex;
  std::map<Priority, int> first;
  int total = 0;
  const auto port = add_provider(
      provider("relay"),
      [&](const OutgoingMessage& m) -> std::optional<Outcome> {
        const std::scoped_lock hold(mutex);
        if (++total <= 850) ++first[m.priority];
        return sent();
      },
      7);
  for (const Priority priority : kPriorities) post_many(900, {.priority = priority});
  start();
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 3600; }));
  const std::scoped_lock hold(mutex);
  EXPECT_NEAR(first[Priority::urgent], 640, 15);
  EXPECT_NEAR(first[Priority::alert], 160, 15);
  EXPECT_NEAR(first[Priority::normal], 40, 8);
  EXPECT_NEAR(first[Priority::bulk], 10, 4);
}

TEST_F(DispatcherChooses, ATownWithManyServicesGetsOneTownsShareEndToEnd) {
  const OrganisationId large = add_organisation("grande");
  std::vector<ServiceId> offices;
  for (int i = 0; i < 10; ++i) {
    offices.push_back(add_service(large, "ufficio-" + std::to_string(i)));
    post_many(60, {.organisation = large, .service = offices.back()});
  }
  post_many(300, {});
  std::mutex mutex;
  int ours = 0, total = 0;
  add_provider(
      provider("relay"),
      [&](const OutgoingMessage& m) -> std::optional<Outcome> {
        const std::scoped_lock hold(mutex);
        if (++total <= 400 && m.organisation == town) ++ours;
        return sent();
      },
      10);
  start();
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 900; }));
  EXPECT_NEAR(ours, 200, 8);
}

TEST_F(DispatcherChooses, RatesHoldAcrossARestart) {
  Provider slow = provider("slow");
  slow.rates.per_day = 10;
  const auto port = add_provider(slow);
  start();
  post_many(30, {});
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 10; }));
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 10U);
  EXPECT_EQ(first_provider().gate, Gate::rate);
  stop();
  start();
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 10U) << "a restart is no way around a quota";
  advance(12h);
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == 15; }));
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 15U);
}

TEST_F(DispatcherChooses, WaitsForTheTimeOfAScheduledMessageAndNeverSendsAnExpiredOne) {
  const auto port = add_provider(provider("relay"));
  start();
  const NotificationId later = post({.due_at = clock.now() + 1h});
  pause(PauseScope::pool, "email");
  const NotificationId expiring = post({.expires_at = clock.now() + 1min});
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->count(), 0U);
  clock.advance(2min);
  resume(PauseScope::pool, "email");
  ASSERT_TRUE(reaches(expiring, DeliveryResult::expired));
  advance(1h);
  ASSERT_TRUE(reaches(later, DeliveryResult::sent));
  EXPECT_EQ(port->count(), 1U);
}

}  // namespace
}  // namespace messo::testing
