#include "dispatch/provider_board.hpp"

#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

struct BoardTest : ::testing::Test {
  ManualClock clock;
  ProviderBoard board{clock, {3, 1'000ms, 60'000ms}};
  DirectorySnapshot directory;
  ProviderId id = ProviderId::make(clock.now());

  void run(Provider settings, std::uint32_t credits) {
    settings.id = id;
    directory.providers[id] = settings;
    const std::vector<ProviderPortPtr> ports{std::make_shared<ScriptedPort>(settings, nullptr)};
    board.refresh(ports, directory);
    if (credits > 0) board.grant(id, {credits, {}, {}});
  }
  ProviderStatus status() { return board.status().at(0); }
  void answer(const Outcome& outcome, bool in_hand = true) {
    const Answer one{id, &outcome, DeliveryId::make(clock.now()), in_hand};
    (void)board.answered({&one, 1});
  }
};

TEST_F(BoardTest, KeepsAShareOfTheWindowForUrgentMessages) {
  run(provider("relay"), 32);
  auto candidates = board.candidates("email");
  ASSERT_EQ(candidates.size(), 1U);
  EXPECT_EQ(candidates[0].free, 30U);
  EXPECT_EQ(candidates[0].reserved, 2U);
  EXPECT_EQ(candidates[0].room(Priority::alert), 30U);
  EXPECT_EQ(candidates[0].room(Priority::urgent), 32U);
  board.take(id, 31);
  candidates = board.candidates("email");
  ASSERT_EQ(candidates.size(), 1U);
  EXPECT_EQ(candidates[0].room(Priority::bulk), 0U);
  EXPECT_EQ(candidates[0].room(Priority::urgent), 1U);
}

TEST_F(BoardTest, ASmallWindowIsNotCut) {
  run(provider("relay"), 4);
  EXPECT_EQ(board.candidates("email").at(0).free, 4U);
}

TEST_F(BoardTest, ConcurrencyNarrowsTheGrantAndAShrunkGrantWaitsForWhatIsOut) {
  Provider settings = provider("relay");
  settings.concurrency = 5;
  run(settings, 100);
  EXPECT_EQ(board.candidates("email").at(0).free, 5U);
  board.take(id, 5);
  board.grant(id, {2, {}, {}});
  EXPECT_TRUE(board.candidates("email").empty());
  EXPECT_EQ(status().gate, Gate::full);
  for (int i = 0; i < 4; ++i) answer(sent());
  EXPECT_EQ(board.candidates("email").at(0).free, 1U);
}

TEST_F(BoardTest, TokensNarrowTheRoomAndComeBackWhenNothingWasLeased) {
  Provider settings = provider("relay");
  settings.rates.per_minute = 10;
  run(settings, 100);
  board.take(id, 10);
  EXPECT_TRUE(board.candidates("email").empty());
  EXPECT_EQ(status().gate, Gate::rate);
  EXPECT_EQ(board.next_change(), 6s);
  board.put_back(id, 4);
  EXPECT_EQ(board.candidates("email").at(0).free, 4U);
  EXPECT_EQ(board.in_hand(), 6U);
}

TEST_F(BoardTest, ALateAnswerFreesNoPlaceTwice) {
  run(provider("relay"), 10);
  board.take(id, 2);
  answer(sent());
  answer(sent(), false);
  EXPECT_EQ(board.in_hand(), 1U);
}

TEST_F(BoardTest, AProvidersOwnWishPausesIt) {
  run(provider("relay"), 10);
  Outcome busy = outcome(OutcomeKind::try_later, OutcomeScope::provider, "smtp.421");
  busy.retry_after = 5min;
  answer(busy);
  EXPECT_EQ(status().gate, Gate::asked_to_wait);
  EXPECT_EQ(status().reason, "smtp.421");
  EXPECT_EQ(board.next_change(), 5min);
  clock.advance(5min);
  EXPECT_EQ(status().gate, Gate::open);
}

TEST_F(BoardTest, PausesThatFollowEachOtherWithoutAMessageTakenAreOneLongWait) {
  run(provider("relay"), 10);
  for (int i = 0; i < 3; ++i) {
    answer(throttled(OutcomeScope::provider, 1min));
    clock.advance(61s);
  }
  EXPECT_EQ(status().waiting_for, 0s) << "it is asked again";
  answer(throttled(OutcomeScope::provider, 1min));
  EXPECT_EQ(status().waiting_for, 183s);
  clock.advance(1h);
  answer(throttled(OutcomeScope::provider, 1min));
  EXPECT_EQ(status().waiting_for, 0s) << "nothing was tried for an hour: a new one";
  clock.advance(30s);
  answer(sent());
  clock.advance(31s);
  answer(throttled(OutcomeScope::provider, 1min));
  EXPECT_EQ(status().waiting_for, 0s) << "it took a message in between";
}

TEST_F(BoardTest, TheSentenceOfAPauseIsShownRatherThanTheOutcomesCode) {
  run(provider("relay"), 10);
  board.grant(id, {10, clock.now() + 5min, "check the certificate"});
  Outcome refused = outcome(OutcomeKind::try_later, OutcomeScope::provider, "smtp.certificate_invalid");
  refused.retry_after = 6min;
  answer(refused);
  EXPECT_EQ(status().reason, "check the certificate");
  clock.advance(5min);
  EXPECT_EQ(status().gate, Gate::asked_to_wait);
  EXPECT_EQ(status().reason, "check the certificate") << "of the whole wait";
  board.grant(id, {10, {}, ""});
  answer(refused);
  EXPECT_EQ(status().reason, "smtp.certificate_invalid") << "an older pause's sentence says nothing about this one";
}

TEST_F(BoardTest, AThrottledDestinationPausesNobody) {
  run(provider("relay"), 10);
  answer(throttled(OutcomeScope::destination, 5min));
  EXPECT_EQ(status().gate, Gate::open);
}

TEST_F(BoardTest, SettingsOfTheDirectoryCountAtOnce) {
  run(provider("relay"), 10);
  EXPECT_EQ(status().gate, Gate::open);
  Provider changed = directory.providers[id];
  changed.enabled = false;
  run(changed, 0);
  EXPECT_EQ(status().gate, Gate::stopped);
  board.refresh({}, directory);
  EXPECT_EQ(status().gate, Gate::not_running);
  EXPECT_TRUE(board.candidates("email").empty());
}

TEST_F(BoardTest, ANewInstanceStartsWithAClearRecordButItsOwnPauseCounts) {
  run(provider("relay"), 10);
  Outcome wrong_password = outcome(OutcomeKind::refused, OutcomeScope::provider, "smtp.535");
  wrong_password.retry_after = 5min;
  for (int i = 0; i < 3; ++i) answer(wrong_password);
  EXPECT_NE(status().gate, Gate::open);
  run(provider("relay"), 0);
  EXPECT_EQ(status().gate, Gate::open) << "somebody has mended the password";

  board.grant(id, {10, clock.now() + 1min, "connecting"});
  run(provider("relay"), 0);
  EXPECT_EQ(status().gate, Gate::asked_to_wait) << "it granted before its port was seen";
  EXPECT_EQ(board.next_change(), 1min);
}

TEST_F(BoardTest, AGrantMayComeBeforeThePortIsSeen) {
  board.grant(id, {7, {}, {}});
  EXPECT_TRUE(board.status().empty());
  run(provider("relay"), 0);
  EXPECT_EQ(board.candidates("email").at(0).free, 7U);
}

// Two providers of one pool.
struct SharesTest : ::testing::Test {
  ManualClock clock;
  ProviderBoard board{clock, {5, 1'000ms, 60'000ms}};
  DirectorySnapshot directory;
  ProviderId good = ProviderId::make(clock.now()), other = ProviderId::make(clock.now());
  ProviderPortPtr good_port, other_port;

  SharesTest() {
    good_port = add(good, "alfa");
    other_port = add(other, "beta");
    refresh();
  }
  ProviderPortPtr add(ProviderId id, const char* key) {
    Provider settings = provider(key);
    settings.id = id;
    directory.providers[id] = settings;
    return std::make_shared<ScriptedPort>(settings, nullptr);
  }
  void refresh() {
    const std::vector<ProviderPortPtr> ports{good_port, other_port};
    board.refresh(ports, directory);
    for (const auto& id : {good, other}) board.grant(id, {100, {}, {}});
  }
  void answer(ProviderId id, const Outcome& outcome, Millis took = 20ms, int times = 1) {
    for (int i = 0; i < times; ++i) {
      board.take(id, 1);
      const Answer one{id, &outcome, DeliveryId::make(clock.now()), true, took};
      (void)board.answered({&one, 1});
    }
  }
  double share(ProviderId id) {
    for (const ProviderStatus& one : board.status()) {
      if (one.id == id) return one.share;
    }
    return -1;
  }
};

TEST_F(SharesTest, FailuresCostTheOneThatFailsAndTheSlowStartFollowsTheBreaker) {
  answer(good, sent(), 20ms, 50);
  Outcome failed;
  failed.kind = OutcomeKind::try_later;
  failed.scope = OutcomeScope::provider;
  answer(other, sent(), 20ms, 50);
  answer(other, failed, 20ms, 4);
  EXPECT_LT(share(other), 1.0);
  EXPECT_EQ(share(good), 1.0);
  const auto candidates = board.candidates("email");
  ASSERT_EQ(candidates.size(), 2U);
  const auto& reduced = candidates[0].id == other ? candidates[0] : candidates[1];
  EXPECT_EQ(reduced.effective_weight(), static_cast<std::uint32_t>(100 * share(other)));
  answer(other, failed);  // the fifth in a row
  EXPECT_DOUBLE_EQ(share(other), 0.02);
  clock.advance(10s);
  EXPECT_DOUBLE_EQ(share(other), 0.02) << "time alone does not mend a broken one";
  answer(other, sent());
  clock.advance(30s);
  EXPECT_NEAR(share(other), 0.52, 0.01);
  clock.advance(40s);
  EXPECT_EQ(share(other), 1.0);
}

TEST_F(SharesTest, WhatIsOfTheMessageOrOnlyAThrottleCostsNothing) {
  Outcome refused;
  refused.kind = OutcomeKind::refused;
  refused.scope = OutcomeScope::destination;
  answer(other, refused, 20ms, 100);
  Outcome throttled;
  throttled.kind = OutcomeKind::try_later;
  throttled.throttled = true;
  answer(other, throttled, 20ms, 100);
  EXPECT_EQ(share(other), 1.0);
}

TEST_F(SharesTest, OneFarSlowerThanTheOthersOfItsPoolLosesAndAloneItDoesNot) {
  answer(other, sent(), 5000ms, 50);
  EXPECT_EQ(share(other), 1.0) << "there is nothing to hold it against";
  answer(good, sent(), 20ms, 50);
  answer(other, sent(), 5000ms);
  EXPECT_NEAR(share(other), 0.054, 0.005);
  EXPECT_EQ(share(good), 1.0);
  other_port = add(other, "beta");
  refresh();
  EXPECT_EQ(share(other), 1.0) << "a new instance begins anew";
}

TEST_F(SharesTest, WhoServesOtherOrganisationsIsNoMeasure) {
  const auto only_for = [&](ProviderId id, const char* key) {
    Provider settings = provider(key);
    settings.id = id;
    settings.organisations = {OrganisationId::make(clock.now())};
    directory.providers[id] = settings;
    return std::make_shared<ScriptedPort>(settings, nullptr);
  };
  good_port = only_for(good, "alfa");
  other_port = only_for(other, "beta");
  refresh();
  answer(good, sent(), 20ms, 50);
  answer(other, sent(), 5000ms, 50);
  EXPECT_EQ(share(other), 1.0);
}

}  // namespace
}  // namespace messo::testing
