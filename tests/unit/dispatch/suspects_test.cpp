// A message that kills the hub is found and held; those that were beside it are not (docs/decisions/0012-suspects-go-alone.md).
#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

using SuspectsGoAlone = Hub;

std::vector<NotificationId> held(Hub& hub, const std::vector<NotificationId>& ids) {
  std::vector<NotificationId> out;
  for (const NotificationId& id : ids) {
    if (hub.delivery(id).state.phase == Phase::in_doubt) out.push_back(id);
  }
  return out;
}

TEST_F(SuspectsGoAlone, OnlyTheMessageThatKillsTheHubIsHeldAndAllOthersArrive) {
  // The twelfth kills: with it in hand nothing is answered any more.
  std::atomic<bool> poisoned{false};
  const auto port = add_provider(provider("relay", OnDoubt::resend), [&](const OutgoingMessage& m) -> std::optional<Outcome> {
    if (m.meta_json.find("\"poison\"") != std::string::npos) poisoned = true;
    return poisoned ? std::nullopt : std::optional(sent());
  });
  std::vector<NotificationId> harmless = post_many(11, {});
  const NotificationId poison = post({.reference = "poison"});
  const auto after = post_many(40, {});
  harmless.insert(harmless.end(), after.begin(), after.end());

  std::size_t crashes = 0;
  for (; crashes < 10; ++crashes) {
    poisoned = false;
    start();
    ASSERT_TRUE(eventually([&] { return poisoned || closed_as(DeliveryResult::sent) == harmless.size(); }));
    if (!poisoned) break;
    crash();
    port->forget_all();
  }
  EXPECT_EQ(crashes, 3U);
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == harmless.size(); }));
  EXPECT_EQ(delivery(poison).state.phase, Phase::in_doubt);
  EXPECT_TRUE(held(*this, harmless).empty());
}

TEST_F(SuspectsGoAlone, NeverTwoOfThemAreInHandTogether) {
  const auto port = add_provider(provider("relay", OnDoubt::resend), [](const OutgoingMessage&) { return std::nullopt; });
  const auto ids = post_many(20, {});
  for (int run = 0; run < 2; ++run) {
    start();
    ASSERT_TRUE(eventually([&] { return port->held() == ids.size(); }));
    crash();
    port->forget_all();
  }
  start();
  const auto fresh = post_many(5, {});
  ASSERT_TRUE(eventually([&] { return port->held() == fresh.size() + 1; })) << "the others go on beside the one suspect";
  ASSERT_TRUE(quiet());
  EXPECT_EQ(port->held(), fresh.size() + 1);
  crash();
  port->forget_all();
  port->set_script({});
  start();
  EXPECT_EQ(dispatcher->status().recovered.poisonous, 1U);
  EXPECT_EQ(held(*this, ids).size(), 1U) << "a third crash from outside costs one message, not twenty";
  ASSERT_TRUE(eventually([&] { return closed_as(DeliveryResult::sent) == ids.size() + fresh.size() - 1; }));
  EXPECT_GE(dispatcher->metrics().isolated.load(), 19U);
}

TEST_F(SuspectsGoAlone, WhoSurvivesGoesWithTheOthersAgain) {
  std::atomic<bool> silent{true};
  const auto port = add_provider(provider("relay", OnDoubt::resend), [&](const OutgoingMessage&) -> std::optional<Outcome> {
    return silent ? std::nullopt : std::optional(outcome(OutcomeKind::try_later));
  });
  const auto ids = post_many(3, {});
  for (int run = 0; run < 2; ++run) {
    start();
    ASSERT_TRUE(eventually([&] { return port->held() == 3; }));
    crash();
    port->forget_all();
  }
  silent = false;
  start();
  ASSERT_TRUE(eventually([&] {
    for (const NotificationId& id : ids) {
      if (delivery(id).attempts_counted == 0) return false;
    }
    return true;
  }));
  EXPECT_TRUE(store->doubts().suspects(10)->empty());
  port->set_script({});
  ASSERT_TRUE(eventually([&] {
    advance(1min);
    return closed_as(DeliveryResult::sent) == 3;
  }));
}

TEST_F(SuspectsGoAlone, ACancelledOrPausedSuspectDoesNotHoldUpTheOthers) {
  const ServiceId quiet_desk = add_service(town, "anagrafe");
  const auto port = add_provider(provider("relay", OnDoubt::resend), [](const OutgoingMessage&) { return std::nullopt; });
  const NotificationId paused = post({.service = quiet_desk}), cancelled = post(), other = post();
  for (int run = 0; run < 2; ++run) {
    start();
    ASSERT_TRUE(eventually([&] { return port->held() == 3; }));
    crash();
    port->forget_all();
  }
  // What a crash left is due at the next start; between two starts nobody can cancel, so the provider is away.
  port->set_script({});
  pause(PauseScope::service, quiet_desk.value.view());
  pause(PauseScope::provider, port->settings().id.value.view());
  start();
  ASSERT_TRUE(quiet());
  EXPECT_TRUE(store->intake().cancel(desk, cancelled, clock.now()));
  resume(PauseScope::provider, port->settings().id.value.view());
  EXPECT_TRUE(reaches(other, DeliveryResult::sent));
  ASSERT_TRUE(quiet());
  EXPECT_TRUE(waits(paused));
  resume(PauseScope::service, quiet_desk.value.view());
  EXPECT_TRUE(reaches(paused, DeliveryResult::sent));
}

}  // namespace
}  // namespace messo::testing
