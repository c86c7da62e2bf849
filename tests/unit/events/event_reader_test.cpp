#include "events/event_reader.hpp"

#include <gtest/gtest.h>

#include <future>

#include "store/engines.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;

struct EventReaderTest : testing::Test {
  ManualClock clock;
  std::unique_ptr<Store> store = make_memory_store(clock);
  EventBell bell;
  EventReader reader{store->ledger(), bell};
  OrganisationId town = OrganisationId::make(clock.now());
  ServiceId desk = ServiceId::make(clock.now());

  NotificationId post(OrganisationId organisation, bool ring = true) {
    NewNotification n;
    n.id = NotificationId::make(clock.now());
    n.organisation = organisation;
    n.service = desk;
    n.accepted_at = clock.now();
    n.steps.push_back({StepId::make(clock.now()), 0, {}, StepState::active});
    n.delivery.id = DeliveryId::make(clock.now());
    n.delivery.step = n.steps[0].id;
    n.delivery.pool = "email";
    n.delivery.address_hmac = std::string(16, 'a');
    n.delivery.due_at = clock.now();
    n.delivery.expires_at = clock.now() + 1h;
    EXPECT_TRUE(store->intake().accept(n));
    if (ring) bell.ring();
    return n.id;
  }
};

TEST_F(EventReaderTest, AReaderThatResumesMissesNoneAndSeesNoneTwice) {
  std::vector<NotificationId> posted;
  for (int i = 0; i < 7; ++i) posted.push_back(post(town));
  std::vector<NotificationId> seen;
  std::int64_t at = 0;
  while (true) {
    const auto page = reader.read(at, 3, {}, 0ms);
    ASSERT_TRUE(page);
    if (page->events.empty()) break;
    for (const Event& event : page->events) seen.push_back(event.notification);
    at = page->next;
  }
  EXPECT_EQ(seen, posted);
}

TEST_F(EventReaderTest, SeesOnlyItsOwnOrganisation) {
  post(OrganisationId::make(clock.now()));
  const NotificationId ours = post(town);
  const auto page = reader.read(0, 10, {.organisation = town, .service = {}}, 0ms);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->events.size(), 1U);
  EXPECT_EQ(page->events[0].notification, ours);
}

TEST_F(EventReaderTest, ALongPollEndsAsSoonAsSomethingIsCommitted) {
  auto waiting = std::async(std::launch::async, [&] { return reader.read(0, 10, {.organisation = town, .service = {}}, 20s); });
  const auto started = std::chrono::steady_clock::now();
  post(OrganisationId::make(clock.now()));  // rings, but is not for this reader
  const NotificationId ours = post(town);
  const auto page = waiting.get();
  EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->events.size(), 1U);
  EXPECT_EQ(page->events[0].notification, ours);
}

TEST_F(EventReaderTest, NothingToReadEndsWithTheWaitAndKeepsThePosition) {
  const auto page = reader.read(42, 10, {}, 5ms);
  ASSERT_TRUE(page);
  EXPECT_TRUE(page->events.empty());
  EXPECT_EQ(page->next, 42);
}

TEST_F(EventReaderTest, AShutdownWakesTheReaders) {
  auto waiting = std::async(std::launch::async, [&] { return reader.read(0, 10, {}, 60s); });
  bell.close();
  ASSERT_EQ(waiting.wait_for(10s), std::future_status::ready);
  EXPECT_TRUE(waiting.get()->events.empty());
}

TEST_F(EventReaderTest, ALostBellCostsASecondNotTheEvent) {
  auto waiting = std::async(std::launch::async, [&] { return reader.read(0, 10, {.organisation = town, .service = {}}, 20s); });
  const NotificationId ours = post(town, false);
  ASSERT_EQ(waiting.wait_for(10s), std::future_status::ready);
  EXPECT_EQ(waiting.get()->events.at(0).notification, ours);
}

TEST_F(EventReaderTest, ARingBetweenReadingAndWaitingIsNotLost) {
  const auto before = bell.rings();
  bell.ring();
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(bell.wait(before, 20s), EventBell::Woken::rung);
  EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
}

}  // namespace
}  // namespace messo
