#include "dispatch/fair_queue.hpp"

#include <gtest/gtest.h>

#include <random>

namespace messo {
namespace {

const Instant kNow = from_unix_ms(1'780'000'000'000);

LaneShare lane(Priority priority, OrganisationId organisation, ServiceId service, std::uint32_t organisation_weight = 1,
               std::uint32_t service_weight = 1) {
  return {{"email", priority, organisation, service}, organisation_weight, service_weight};
}
LaneShare lane(Priority priority) { return lane(priority, OrganisationId::make(kNow), ServiceId::make(kNow)); }

// Serves `count` messages, all lanes always having work, in rounds of `batch`.
std::vector<int> serve(FairQueue& queue, const std::vector<LaneShare>& lanes, int count, int batch = 64) {
  std::vector<int> got(lanes.size());
  while (count > 0) {
    FairQueue::Round round(queue, lanes);
    for (int i = 0; i < batch && count > 0; ++i, --count) {
      const auto next = round.next();
      if (!next) return got;
      round.served(*next);
      ++got[*next];
    }
    queue.prune();
  }
  return got;
}

TEST(FairQueueTest, ClassesShareByWeightAndNoneStarves) {
  FairQueue queue;
  const std::vector lanes{lane(Priority::urgent), lane(Priority::alert), lane(Priority::normal), lane(Priority::bulk)};
  const auto got = serve(queue, lanes, 8500);
  EXPECT_NEAR(got[0], 6400, 10);
  EXPECT_NEAR(got[1], 1600, 10);
  EXPECT_NEAR(got[2], 400, 10);
  EXPECT_NEAR(got[3], 100, 10);
}

TEST(FairQueueTest, ATownWithFortyServicesGetsOneTownsShare) {
  FairQueue queue;
  const OrganisationId large = OrganisationId::make(kNow), small = OrganisationId::make(kNow);
  std::vector<LaneShare> lanes;
  for (int i = 0; i < 40; ++i) lanes.push_back(lane(Priority::normal, large, ServiceId::make(kNow)));
  lanes.push_back(lane(Priority::normal, small, ServiceId::make(kNow)));
  const auto got = serve(queue, lanes, 4000);
  EXPECT_NEAR(got.back(), 2000, 2);
  for (int i = 0; i < 40; ++i) EXPECT_NEAR(got[i], 50, 1) << "service " << i;
}

TEST(FairQueueTest, OrganisationsAndServicesShareByTheirWeights) {
  FairQueue queue;
  const OrganisationId region = OrganisationId::make(kNow), town = OrganisationId::make(kNow);
  const std::vector lanes{lane(Priority::normal, region, ServiceId::make(kNow), 3, 4),
                          lane(Priority::normal, region, ServiceId::make(kNow), 3, 1),
                          lane(Priority::normal, town, ServiceId::make(kNow), 1)};
  const auto got = serve(queue, lanes, 4000, 7);
  EXPECT_NEAR(got[0], 2400, 5);
  EXPECT_NEAR(got[1], 600, 5);
  EXPECT_NEAR(got[2], 1000, 5);
}

TEST(FairQueueTest, AnyWeightsAreMatchedWithinOneMessageEach) {
  std::mt19937 random(7);
  for (int run = 0; run < 20; ++run) {
    FairQueue queue;
    std::vector<LaneShare> lanes;
    std::uint32_t sum = 0;
    const int organisations = 2 + static_cast<int>(random() % 8);
    for (int i = 0; i < organisations; ++i) {
      const std::uint32_t weight = 1 + static_cast<std::uint32_t>(random() % 50);
      sum += weight;
      lanes.push_back(lane(Priority::bulk, OrganisationId::make(kNow), ServiceId::make(kNow), weight));
    }
    const int total = 5000;
    const auto got = serve(queue, lanes, total, 1 + static_cast<int>(random() % 100));
    for (std::size_t i = 0; i < lanes.size(); ++i) {
      const double fair = static_cast<double>(total) * lanes[i].organisation_weight / sum;
      EXPECT_NEAR(got[i], fair, 2 + lanes[i].organisation_weight) << "weight " << lanes[i].organisation_weight << " of " << sum;
    }
  }
}

TEST(FairQueueTest, AnUrgentMessageLeavesNextDuringAnAlertFlood) {
  FairQueue queue;
  const LaneShare flood = lane(Priority::alert), bulk = lane(Priority::bulk), code = lane(Priority::urgent);
  serve(queue, {flood, bulk}, 100'000);
  FairQueue::Round round(queue, std::vector{flood, bulk, code});
  // The new-comer starts at the present virtual time, with those that are next anyway: at most one of each goes before it.
  int before = 0;
  for (; before < 3; ++before) {
    const auto next = round.next();
    ASSERT_TRUE(next);
    if (*next == 2) break;
    round.served(*next);
  }
  EXPECT_LE(before, 1);
}

TEST(FairQueueTest, WhoWasIdleGetsNoCreditForIt) {
  FairQueue queue;
  const LaneShare busy = lane(Priority::normal), back = lane(Priority::normal);
  serve(queue, {busy, back}, 100);
  serve(queue, {busy}, 10'000);
  const auto got = serve(queue, {busy, back}, 100);
  EXPECT_NEAR(got[1], 50, 2) << "an hour of silence must not become an hour of monopoly";
}

TEST(FairQueueTest, AClosedLaneIsPassedOverAndItsShareGoesToTheOthers) {
  FairQueue queue;
  const std::vector lanes{lane(Priority::urgent), lane(Priority::bulk)};
  FairQueue::Round round(queue, lanes);
  round.close(0);
  round.close(0);
  EXPECT_EQ(round.next(), 1U);
  round.close(1);
  EXPECT_EQ(round.next(), std::nullopt);
}

TEST(FairQueueTest, ForgetsThoseWhoAreNotAhead) {
  FairQueue queue;
  for (int i = 0; i < 5000; ++i) serve(queue, {lane(Priority::normal)}, 1);
  serve(queue, {lane(Priority::normal)}, 3);
  EXPECT_LE(queue.entries(), 8U);
}

}  // namespace
}  // namespace messo
