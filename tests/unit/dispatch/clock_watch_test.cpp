#include "dispatch/clock_watch.hpp"

#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

TEST(ClockWatch, SeesStepsAndNotDrift) {
  ManualClock clock;
  ClockWatch watch;
  const auto look = [&] { return watch.look(clock.now(), clock.steady()); };
  EXPECT_FALSE(look());
  clock.advance(10min);
  clock.step_wall(-1900ms);
  EXPECT_FALSE(look()) << "drift";
  clock.advance(1s);
  clock.step_wall(-1h);
  EXPECT_FALSE(look()) << "it may have been held up between the two clocks";
  const auto back = look();
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->back());
  EXPECT_EQ(back->was - back->now, 1h);
  EXPECT_FALSE(look()) << "told once";
  EXPECT_FALSE(watch.look(clock.now() - 10s, clock.steady()));
  EXPECT_FALSE(look()) << "it was";
  clock.step_wall(2h);
  EXPECT_FALSE(look());
  const auto forward = look();
  ASSERT_TRUE(forward);
  EXPECT_FALSE(forward->back());
  EXPECT_EQ(forward->now - forward->was, 2h);
}

class StepOfTheClock : public Hub {};

TEST_F(StepOfTheClock, BackByAnHourDelaysNothingThatWasDue) {
  const auto port = add_provider(provider("relay"), {}, 0);
  start();
  const auto waiting = post();
  ASSERT_TRUE(quiet());
  clock.step_wall(-1h);
  port->grant(10);
  EXPECT_TRUE(reaches(waiting, DeliveryResult::sent));
}

TEST_F(StepOfTheClock, IsMadeGoodOnceTheStoreWorksAgain) {
  const auto port = add_provider(provider("relay"), [](const OutgoingMessage&) { return sent(); });
  start();
  ASSERT_TRUE(quiet());
  pause(PauseScope::provider, port->settings().id.value.view());
  const auto waiting = post();
  ASSERT_TRUE(quiet());
  store->flaky_work.writes_fail = true;
  clock.step_wall(-1h);
  dispatcher->ring();
  ASSERT_TRUE(eventually([&] { return dispatcher->status().store_failing; }));
  store->flaky_work.writes_fail = false;
  resume(PauseScope::provider, port->settings().id.value.view());
  EXPECT_TRUE(reaches(waiting, DeliveryResult::sent));
}

}  // namespace
}  // namespace messo::testing
