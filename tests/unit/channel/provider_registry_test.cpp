// Which providers run after a change of the directory, and what an operator is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "channel/provider_registry.hpp"
#include "channel_doubles.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

class Registry : public ::testing::Test {
 protected:
  ~Registry() override { std::filesystem::remove_all(folder); }

  void apply(std::vector<Provider> providers) {
    DirectorySnapshot directory;
    for (auto& one : providers) directory.providers.emplace(one.id, std::move(one));
    registry.apply(directory);
  }
  static Provider flaky(std::string key, const json& config = json::object()) {
    static const Instant start = from_unix_ms(1'780'000'000'000);
    Provider out = test::provider_of("flaky", config.dump());
    out.id = ProviderId::make(start);
    out.key = std::move(key);
    return out;
  }
  PortStatus status_of(std::string_view key) {
    for (const auto& one : registry.status()) {
      if (one.key == key) return one;
    }
    return {};
  }

  static std::filesystem::path fresh_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "messo-registry-XXXXXX").string();
    return ::mkdtemp(name.data());
  }

  std::filesystem::path folder = fresh_folder();
  test::Surroundings world;
  PluginCatalog catalog{test::plugin_dir()};
  std::vector<ProviderPortPtr> announced;
  ProviderRegistry registry{catalog, world.parts(), {100ms, folder}, [this](std::span<const ProviderPortPtr> ports) {
                              announced.assign(ports.begin(), ports.end());
                            }};
};

TEST_F(Registry, runs_what_the_directory_enables_and_a_simulated_one_for_test_keys) {
  auto off = flaky("off");
  off.enabled = false;
  auto gone = flaky("gone");
  gone.retired = true;
  apply({flaky("on"), off, gone});
  const auto simulated = status_of("simulated");
  ASSERT_EQ(announced.size(), 2U) << simulated.problem;
  EXPECT_TRUE(simulated.running) << simulated.problem;
  EXPECT_TRUE(simulated.implicit && simulated.simulated);
  EXPECT_EQ(simulated.pool, "test");
  EXPECT_TRUE(status_of("on").running);
  EXPECT_FALSE(status_of("on").simulated);
  EXPECT_EQ(status_of("on").figures.granted, 100U);
}

TEST_F(Registry, leaves_test_keys_to_a_configured_provider_of_the_pool_test) {
  auto own = flaky("own");
  own.pool = "test";
  apply({own});
  EXPECT_EQ(registry.status().size(), 1U);
}

TEST_F(Registry, exchanges_a_changed_provider_and_gives_back_what_the_old_one_held) {
  auto one = flaky("one", {{"script", {{{"outcome", "sent"}, {"delay_ms", 600'000}}}}});
  apply({one});
  const auto before = registry.ports();
  const auto message = test::message_to("anna@example.it", world.clock.now());
  const auto port = std::ranges::find_if(before, [](const auto& p) { return p->settings().key == "one"; });
  EXPECT_EQ((*port)->submit({&message, 1}), Submitted::taken);
  one.config_json = R"({"credits": 7})";
  one.version = 2;
  apply({one});
  EXPECT_EQ(status_of("one").version, 2U);
  EXPECT_EQ(status_of("one").figures.granted, 7U);
  EXPECT_EQ(world.listener.grants().back().messages, 7U) << "the new one's grant is the one that counts";
  ASSERT_EQ(world.listener.of(message.attempt).size(), 1U);
  EXPECT_EQ(world.listener.of(message.attempt)[0].kind, OutcomeKind::try_later);
}

TEST_F(Registry, goes_on_with_the_old_settings_when_the_new_ones_do_not_run) {
  auto one = flaky("one");
  apply({one});
  const auto running = registry.ports();
  one.config_json = R"({"credits": "many"})";
  one.version = 2;
  apply({one});
  EXPECT_EQ(registry.ports(), running);
  EXPECT_TRUE(status_of("one").running);
  EXPECT_EQ(status_of("one").version, 1U);
  EXPECT_THAT(status_of("one").problem, HasSubstr("credits: must be a whole number"));
  one.config_json = "{}";
  one.version = 3;
  apply({one});
  EXPECT_EQ(status_of("one").problem, "");
  EXPECT_EQ(registry.ports(), running) << "nothing an instance is made from has changed";
}

TEST_F(Registry, shows_why_a_provider_does_not_run_and_keeps_trying) {
  auto one = flaky("one");
  one.plugin = "carrier_pigeon";
  apply({one});
  EXPECT_FALSE(status_of("one").running);
  EXPECT_THAT(status_of("one").problem, HasSubstr("there is no plugin \"carrier_pigeon\""));
  EXPECT_EQ(registry.probe("one", 1s).error().code, "provider_not_running");
  one.plugin = "flaky";
  apply({one});
  EXPECT_TRUE(status_of("one").running);
  EXPECT_EQ(*registry.probe("one", 1s), "The script is ready.");
  EXPECT_EQ(registry.probe("two", 1s).error().code, "no_such_provider");
}

TEST_F(Registry, keeps_an_instance_when_only_the_hubs_own_settings_change) {
  auto one = flaky("one");
  apply({one});
  const auto running = registry.ports();
  one.weight = 5;
  one.rates.per_second = 3;
  one.version = 2;
  apply({one});
  EXPECT_EQ(registry.ports(), running);
  EXPECT_EQ(status_of("one").version, 2U);
}

TEST_F(Registry, stops_what_the_directory_no_longer_names) {
  apply({flaky("one"), flaky("two")});
  apply({});
  EXPECT_EQ(announced.size(), 1U) << "the simulated one stays";
  registry.stop(100ms);
  EXPECT_TRUE(announced.empty());
  EXPECT_TRUE(registry.status().empty());
}

TEST_F(Registry, watches_the_time_to_answer) {
  auto one = flaky("one", {{"script", {{{"outcome", "drop"}}}}});
  apply({one});
  const auto message = test::message_to("anna@example.it", world.clock.now());
  for (const auto& port : registry.ports()) {
    if (port->settings().key == "one") {
      EXPECT_EQ(port->submit({&message, 1}), Submitted::taken);
    }
  }
  world.clock.advance(3min);
  ASSERT_TRUE(world.listener.wait_outcomes(1));
  EXPECT_EQ(world.listener.of(message.attempt)[0].code, "no_answer");
}

}  // namespace
}  // namespace messo
