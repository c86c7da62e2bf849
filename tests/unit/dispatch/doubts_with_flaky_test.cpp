// Doubts through the real plugin border: the scripted provider is asked, and answers, or not.
#include <fstream>
#include <nlohmann/json.hpp>

#include "channel/provider_registry.hpp"
#include "unit/channel/channel_doubles.hpp"
#include "unit/dispatch/hub.hpp"

namespace messo::testing {
namespace {

using Json = nlohmann::json;

class DoubtsWithFlaky : public Hub {
 public:
  DoubtsWithFlaky() {
    log = std::make_unique<test::CountingLog>();
    std::string name = (std::filesystem::temp_directory_path() / "messo-doubts-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~DoubtsWithFlaky() override {
    end();
    std::filesystem::remove_all(folder);
  }

  // A provider of plugin flaky. Every one has its own pool, named like it, and its own books.
  ProviderId flaky(const std::string& key, OnDoubt on_doubt, Json config) {
    Provider settings = provider(key, on_doubt);
    settings.id = ProviderId::make(clock.now());
    settings.plugin = "flaky";
    settings.pool = key;
    config["ledger"] = (folder / key).string();
    settings.config_json = config.dump();
    put(settings);
    return settings.id;
  }
  void put(const Provider& settings) {
    DirectoryChange what;
    what.providers.push_back(settings);
    change(what);
    if (registry) registry->apply(*store->directory().snapshot());
  }
  void set_queries(ProviderId id, Json queries) {
    Provider settings = store->directory().snapshot()->providers.at(id);
    Json config = Json::parse(settings.config_json);
    config["queries"] = std::move(queries);
    settings.config_json = config.dump();
    put(settings);
  }

  void begin() {
    DispatchConfig config;
    config.worker = {"node-1", BootId::make(clock.now())};
    dispatcher = std::make_unique<Dispatcher>(
        config, *store, [this] { return registry ? registry->ports() : std::vector<ProviderPortPtr>{}; }, renderer, clock, *log,
        Dispatcher::Hooks{[this] { events.ring(); }, {}});
    registry =
        std::make_unique<ProviderRegistry>(catalog, BorderParts{dispatcher->listener(), store->blobs(), clock, *log},
                                           RegistryOptions{100ms, {}}, [this](std::span<const ProviderPortPtr>) { dispatcher->ring(); });
    const Status started = dispatcher->start();
    ASSERT_TRUE(started) << started.error().message;
    registry->apply(*store->directory().snapshot());
    dispatcher->ring();
  }
  void end() {
    if (!dispatcher) return;
    dispatcher->stop_leasing();
    registry->stop(100ms);
    dispatcher->stop(5s);
    registry.reset();
    dispatcher.reset();
  }
  void kill() {
    store->flaky_work.writes_fail = true;
    dispatcher->stop_leasing();
    registry->stop(0ms);
    dispatcher->stop(0ms);
    registry.reset();
    dispatcher.reset();
    store->flaky_work.writes_fail = false;
  }

  std::vector<std::string> arrived(const std::string& key) const {
    std::vector<std::string> out;
    std::ifstream in(folder / key);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  Doubt doubt(NotificationId id) {
    const auto found = store->doubts().find(id.value, {});
    return found ? *found : Doubt{};
  }
  bool held_as(NotificationId id, Held why) {
    return eventually([&] { return doubt(id).held == why; });
  }
  std::size_t logged(std::string_view id) const { return static_cast<const test::CountingLog&>(*log).count(id); }
  NotificationId post_to(const std::string& pool) { return post({.pool = pool}); }

  std::filesystem::path folder;
  PluginCatalog catalog{test::plugin_dir()};
  std::unique_ptr<ProviderRegistry> registry;
};

Json lost(bool arrives) { return Json{{"script", {{{"outcome", "unknown"}, {"arrives", arrives}, {"times", 1}}}}}; }

TEST_F(DoubtsWithFlaky, AProviderThatKnowsSettlesTheDoubtWithoutASecondCopy) {
  flaky("ask", OnDoubt::ask, lost(true));
  begin();
  const NotificationId id = post_to("ask");
  ASSERT_TRUE(reaches(id, DeliveryResult::sent)) << "the books have it";
  EXPECT_EQ(arrived("ask").size(), 1U);
  EXPECT_EQ(delivery(id).attempts.size(), 1U);
  EXPECT_EQ(delivery(id).attempts[0].code, "flaky.found");
}

TEST_F(DoubtsWithFlaky, WhatTheProviderNeverSawIsSentAgainAndArrivesOnce) {
  flaky("ask", OnDoubt::ask, lost(false));
  begin();
  const NotificationId id = post_to("ask");
  ASSERT_TRUE(eventually([&] {
    advance(1min);
    return delivery(id).state.result == DeliveryResult::sent;
  }));
  EXPECT_EQ(arrived("ask").size(), 1U);
  EXPECT_EQ(delivery(id).attempts.size(), 2U);
}

TEST_F(DoubtsWithFlaky, StillUnknownIsAskedAgainAfterAWhileAndRefusedEndsIt) {
  Json config = lost(false);
  config["queries"] = {"unknown", "unknown", "refused"};
  flaky("ask", OnDoubt::ask, config);
  begin();
  const NotificationId id = post_to("ask");
  ASSERT_TRUE(eventually([&] { return doubt(id).asks == 1; }));
  EXPECT_EQ(doubt(id).ask_at, clock.now() + 10s);
  advance(10s);
  ASSERT_TRUE(eventually([&] { return doubt(id).asks == 2; }));
  EXPECT_EQ(doubt(id).ask_at, clock.now() + 30s);
  advance(30s);
  ASSERT_TRUE(reaches(id, DeliveryResult::refused));
  std::size_t asked = 0;
  for (const Event& event : view(id).timeline) asked += event.kind == EventKind::asked ? 1U : 0U;
  EXPECT_EQ(asked, 1U);
}

TEST_F(DoubtsWithFlaky, WhoNeverAnswersIsAskedForADayAndThenAnOperatorDecides) {
  Json config = lost(true);
  config["queries"] = {"never"};
  flaky("ask", OnDoubt::ask, config);
  begin();
  const NotificationId id = post_to("ask");
  ASSERT_TRUE(reaches(id, Phase::in_doubt));
  const Instant since = doubt(id).since;
  ASSERT_TRUE(eventually([&] {
    const Doubt now = doubt(id);
    if (now.ask_at && *now.ask_at > clock.now()) advance(*now.ask_at - clock.now());
    return doubt(id).held == Held::asked_in_vain;
  }));
  EXPECT_GE(clock.now(), since + kAskFor);
  EXPECT_EQ(delivery(id).state.phase, Phase::in_doubt);
  EXPECT_EQ(delivery(id).attempts.size(), 1U);
  EXPECT_EQ(view(id).timeline.back().kind, EventKind::held);
  EXPECT_EQ(logged("MSO-3052"), 1U);
}

TEST_F(DoubtsWithFlaky, AQuestionThatThrowsOrIsPutOffIsPutAgain) {
  for (const char* answer : {"throw", "busy"}) {
    Json config = lost(true);
    config["queries"] = {answer, "sent"};
    flaky(answer, OnDoubt::ask, config);
  }
  begin();
  for (const char* pool : {"throw", "busy"}) {
    const auto failed = dispatcher->metrics().questions_failed.load();
    const NotificationId id = post_to(pool);
    ASSERT_TRUE(eventually([&] { return dispatcher->metrics().questions_failed.load() == failed + 1; }));
    EXPECT_EQ(delivery(id).state.phase, Phase::in_doubt);
    advance(10s);
    EXPECT_TRUE(reaches(id, DeliveryResult::sent)) << pool;
  }
}

TEST_F(DoubtsWithFlaky, WhatTheProviderCanNeverTellIsHeldAtOnce) {
  Json config = lost(true);
  config["queries"] = {"cannot_say"};
  flaky("ask", OnDoubt::ask, config);
  begin();
  const NotificationId id = post_to("ask");
  EXPECT_TRUE(held_as(id, Held::cannot_say));
  EXPECT_EQ(doubt(id).asks, 1U);
}

TEST_F(DoubtsWithFlaky, APluginThatHangsInAQuestionHoldsUpNobodyElseAndTheStop) {
  Json hangs = lost(true), answers = lost(true);
  hangs["queries"] = {"hang"};
  flaky("hangs", OnDoubt::ask, hangs);
  flaky("answers", OnDoubt::ask, answers);
  begin();
  const NotificationId stuck = post_to("hangs");
  ASSERT_TRUE(eventually([&] { return doubt(stuck).asks == 1; }));
  for (int i = 0; i < 2; ++i) {
    const NotificationId id = post_to("answers");
    EXPECT_TRUE(eventually([&] {
      advance(100ms);  // one may be given back because a question is just being put
      return delivery(id).state.result == DeliveryResult::sent;
    }));
  }
  const auto started = std::chrono::steady_clock::now();
  end();
  EXPECT_LT(std::chrono::steady_clock::now() - started, 15s);
  EXPECT_EQ(logged("MSO-3053"), 1U);
}

TEST_F(DoubtsWithFlaky, AProviderOnHoldIsAskedOnlyWhenAnOperatorWantsIt) {
  const ProviderId hold = flaky("hold", OnDoubt::hold, lost(true));
  begin();
  const NotificationId id = post_to("hold");
  ASSERT_TRUE(reaches(id, Phase::in_doubt));
  advance(1h);
  const NotificationId other = post_to("hold");
  ASSERT_TRUE(reaches(other, DeliveryResult::sent)) << "time enough for a question";
  EXPECT_EQ(doubt(id).asks, 0U);
  EXPECT_EQ(doubt(id).provider, hold);
  const auto asked = store->doubts().ask({doubt(id).delivery, doubt(id).attempt, {}, "maria", ""}, clock.now());
  ASSERT_TRUE(asked) << asked.error().message;
  dispatcher->ring();
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
  EXPECT_EQ(arrived("hold").size(), 2U);
}

TEST_F(DoubtsWithFlaky, WhatACrashLeftInHandIsAskedAboutAfterTheRestart) {
  const Json config{{"script", {{{"outcome", "drop"}, {"arrives", true}, {"times", 1}}}}};
  flaky("ask", OnDoubt::ask, config);
  flaky("hold", OnDoubt::hold, config);
  flaky("resend", OnDoubt::resend, config);
  begin();
  const NotificationId asked = post_to("ask"), kept = post_to("hold"), again = post_to("resend");
  ASSERT_TRUE(eventually([&] { return arrived("ask").size() + arrived("hold").size() + arrived("resend").size() == 3; }));
  kill();
  clock.advance(1s);
  set_queries(store->directory().snapshot()->provider_by_key("ask")->id, {"unknown", "sent"});
  Provider resend = *store->directory().snapshot()->provider_by_key("resend");
  Json plain = Json::parse(resend.config_json);
  plain["script"] = Json::array();
  resend.config_json = plain.dump();
  put(resend);
  begin();
  const Recovered found = dispatcher->status().recovered;
  EXPECT_EQ(found.in_doubt, 2U);
  EXPECT_EQ(found.resent, 1U);
  ASSERT_TRUE(reaches(again, DeliveryResult::sent));
  ASSERT_TRUE(eventually([&] { return doubt(asked).asks == 1; }));
  advance(10s);
  EXPECT_TRUE(reaches(asked, DeliveryResult::sent));
  EXPECT_EQ(arrived("ask").size(), 1U);
  EXPECT_EQ(delivery(kept).state.phase, Phase::in_doubt);
  EXPECT_EQ(arrived("hold").size(), 1U);
  EXPECT_EQ(arrived("resend").size(), 2U) << "a duplicate, as its provider allows";
}

TEST_F(DoubtsWithFlaky, PastAnswerByItIsInDoubtAndTheLateAnswerSettlesIt) {
  flaky("hold", OnDoubt::hold, Json{{"script", {{{"outcome", "sent"}, {"late", true}, {"delay_ms", 60'000}}}}});
  begin();
  const NotificationId id = post_to("hold");
  ASSERT_TRUE(eventually([&] { return dispatcher->status().in_hand == 1; }));
  advance(answer_wait(Channel::email));
  ASSERT_TRUE(reaches(id, Phase::in_doubt));
  EXPECT_EQ(doubt(id).code, "no_answer");
  advance(2min);
  EXPECT_TRUE(reaches(id, DeliveryResult::sent));
  EXPECT_EQ(arrived("hold").size(), 1U);
}

TEST_F(DoubtsWithFlaky, APluginThatCannotBeAskedFallsToHoldAndSaysSoOnce) {
  Provider settings = provider("outbox", OnDoubt::ask);
  settings.id = ProviderId::make(clock.now());
  settings.plugin = "outbox";
  settings.config_json = Json{{"directory", (folder / "out").string()}}.dump();
  put(settings);
  const NotificationId id = post();
  const LeaseOrder order{delivery(id).id, AttemptId::make(clock.now()), settings.id, true};
  ASSERT_TRUE(store->work().lease({"node-1", BootId::make(from_unix_ms(1))}, {&order, 1}, {}, clock.now()));
  begin();
  EXPECT_EQ(delivery(id).state.phase, Phase::in_doubt);
  ASSERT_TRUE(eventually([&] { return logged("MSO-3050") == 1; }));
  for (int i = 0; i < 3; ++i) advance(1h);
  ASSERT_TRUE(quiet());
  EXPECT_EQ(doubt(id).asks, 0U);
  EXPECT_EQ(logged("MSO-3050"), 1U);
}

}  // namespace
}  // namespace messo::testing
