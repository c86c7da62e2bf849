#include "dispatch/lane_reader.hpp"

#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

class LaneReaderTest : public Hub {
 public:
  LaneReader reader{store->work(), "email", 100};
  PauseSet pauses;

  void begin(bool force = true) {
    pauses = PauseSet(*store->directory().snapshot());
    ASSERT_TRUE(reader.begin(pauses, store->directory().snapshot()->version, clock.now(), clock.steady(), force));
  }
  // How many rows of the lane one round gives.
  std::size_t read(std::size_t lane) {
    std::size_t count = 0;
    while (true) {
      const auto row = reader.next(lane, 8);
      EXPECT_TRUE(row);
      if (!row || !*row) return count;
      ++count;
    }
  }
};

TEST_F(LaneReaderTest, ReadsAtMostItsWindowPerRound) {
  post_many(500, {});
  begin();
  ASSERT_EQ(reader.lanes().size(), 1U);
  EXPECT_EQ(read(0), 100U);
  EXPECT_FALSE(reader.cut_short()) << "there was work, so nothing is hidden";
}

TEST_F(LaneReaderTest, GetsPastAPausedBatchOverSeveralRoundsAndRemembersHowFar) {
  const BatchId batch = BatchId::make(clock.now());
  pause(PauseScope::batch, batch.value.view());
  post_many(350, {.batch = batch});
  clock.advance(1s);
  post_many(5, {});
  int rounds = 0;
  std::size_t found = 0;
  for (; rounds < 10 && found == 0; ++rounds) {
    begin();
    found = read(0);
    EXPECT_TRUE(found > 0 || reader.cut_short());
  }
  EXPECT_EQ(found, 5U);
  EXPECT_EQ(rounds, 4);
  begin();
  EXPECT_EQ(read(0), 5U) << "at once from now on";
  resume(PauseScope::batch, batch.value.view());
  begin();
  EXPECT_EQ(read(0), 100U) << "a change of the directory starts from the front again";
}

TEST_F(LaneReaderTest, SkipsExpiredRowsAndSaysSo) {
  post_many(3, {.expires_at = clock.now() + 1s});
  post_many(2, {});
  clock.advance(1s);
  begin();
  EXPECT_EQ(read(0), 2U);
  EXPECT_TRUE(reader.saw_expired());
}

TEST_F(LaneReaderTest, LeavesOutLanesOfPausedServices) {
  const ServiceId other = add_service(town, "altro");
  post();
  post({.service = other});
  begin();
  EXPECT_EQ(reader.lanes().size(), 2U);
  pause(PauseScope::service, desk.value.view());
  begin(false);
  ASSERT_EQ(reader.lanes().size(), 1U) << "the directory's new version makes it read again";
  EXPECT_EQ(reader.lanes()[0].lane.service, other);
}

TEST_F(LaneReaderTest, APassedOverErrorIsReportedNotSwallowed) {
  post();
  begin();
  store->flaky_work.reads_fail = true;
  EXPECT_FALSE(reader.next(0, 1));
  EXPECT_FALSE(reader.begin(pauses, 0, clock.now(), clock.steady(), true));
}

}  // namespace
}  // namespace messo::testing
