#include "dispatch/housekeeper.hpp"

#include "store/decisions.hpp"
#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

class HousekeeperTest : public Hub {
 public:
  DispatchMetrics metrics;
  int told = 0;
  Housekeeper make(HousekeeperConfig config = {}) {
    return {config, *store, metrics, clock, *log, {[this] { ++told; }}};
  }
};

TEST_F(HousekeeperTest, ClosesWhatExpiredEvenWhereEverythingIsPaused) {
  pause(PauseScope::organisation, town.value.view());
  const auto gone = post_many(3, {.expires_at = clock.now() + 1min});
  const NotificationId stays = post();
  Housekeeper keeper = make();
  EXPECT_FALSE(keeper.turn());
  EXPECT_EQ(closed_as(DeliveryResult::expired), 0U);
  clock.advance(1min);
  keeper.turn();
  for (const NotificationId& id : gone) EXPECT_EQ(delivery(id).state.result, DeliveryResult::expired);
  EXPECT_EQ(delivery(stays).state.result, DeliveryResult::open);
  EXPECT_EQ(metrics.expired.load(), 3U);
  EXPECT_EQ(told, 1);
}

TEST_F(HousekeeperTest, WorksInBoundedStepsAndSaysThatThereIsMore) {
  post_many(25, {.expires_at = clock.now() + 1s});
  clock.advance(1s);
  HousekeeperConfig config;
  config.step = 5;
  config.most_steps = 2;
  Housekeeper keeper = make(config);
  EXPECT_TRUE(keeper.turn());
  EXPECT_EQ(closed_as(DeliveryResult::expired), 10U);
  EXPECT_TRUE(keeper.turn());
  EXPECT_FALSE(keeper.turn());
  EXPECT_EQ(closed_as(DeliveryResult::expired), 25U);
}

TEST_F(HousekeeperTest, SilenceAfterTheReceiptDeadlineIsAnOutcome) {
  add_provider(provider("relay"), [](const OutgoingMessage&) { return outcome(OutcomeKind::pending); });
  start();
  const NotificationId id = post();
  ASSERT_TRUE(reaches(id, Phase::awaiting_receipt));
  Housekeeper keeper = make();
  clock.advance(decisions::receipt_wait(Channel::email) - 1s);
  keeper.turn();
  EXPECT_EQ(delivery(id).state.phase, Phase::awaiting_receipt);
  clock.advance(2s);
  keeper.turn();
  EXPECT_EQ(delivery(id).state.result, DeliveryResult::no_outcome);
  EXPECT_EQ(metrics.timers_fired.load(), 1U);
}

TEST_F(HousekeeperTest, RetentionTakesContentAfterTheEndAndNeverUnsentWork) {
  add_provider(provider("relay"));
  start();
  const NotificationId done = post();
  ASSERT_TRUE(reaches(done, DeliveryResult::sent));
  stop();
  const NotificationId unsent = post({.expires_at = clock.now() + 24h * 365});
  Housekeeper keeper = make();
  clock.advance(24h * 91);
  keeper.turn();
  EXPECT_FALSE(view(done).content);
  EXPECT_TRUE(view(unsent).content);
  EXPECT_EQ(metrics.pruned_contents.load(), 1U);
}

TEST_F(HousekeeperTest, ItsThreadStopsAtOnce) {
  Housekeeper keeper = make();
  keeper.start();
  const auto started = std::chrono::steady_clock::now();
  keeper.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - started, 5s);
}

}  // namespace
}  // namespace messo::testing
