// The configuration of one provider changes again and again while messages flow: each attempt gets exactly one first outcome, and nobody
// else notices.
#include <gtest/gtest.h>

#include <thread>

#include "channel/provider_registry.hpp"
#include "isolation_world.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class ReloadUnderLoad : public ::testing::TestWithParam<Isolation> {};

TEST_P(ReloadUnderLoad, loses_nothing_and_puts_nothing_in_doubt) {
  test::IsolationWorld world;
  const PluginCatalog catalog(test::plugin_dir());
  Guarded<std::vector<ProviderPortPtr>> ports;
  RegistryOptions options{2s, {}, world.options()};
  ProviderRegistry registry(catalog, world.parts(), options, [&](std::span<const ProviderPortPtr> all) {
    ports.with([&](auto& kept) { kept.assign(all.begin(), all.end()); });
  });
  Provider changing = test::provider_of("flaky", json{{"delay_ms", 5}, {"credits", 200}}.dump());
  changing.isolation = GetParam();
  changing.memory_mb = 0;
  Provider steady = test::provider_of("flaky", json{{"credits", 200}}.dump());
  steady.key = "steady";
  const auto apply = [&] {
    DirectorySnapshot directory;
    directory.providers = {{changing.id, changing}, {steady.id, steady}};
    registry.apply(directory);
  };
  apply();

  std::atomic<bool> ends{false};
  std::vector<AttemptId> given, to_steady;
  const auto give = [&] {
    bool any = false;
    for (const auto& port : ports.copy()) {
      const auto batch = world.messages(10);
      if (port->submit(batch) != Submitted::taken) continue;
      any = true;
      auto& list = port->settings().id == steady.id ? to_steady : given;
      for (const auto& one : batch) list.push_back(one.attempt);
    }
    return any;
  };
  std::thread load([&] {
    while (!ends) test::wait_until([&] { return give() || ends; });
  });
  for (int round = 0; round < 15; ++round) {
    const auto before = world.listener.outcomes().size();
    EXPECT_TRUE(test::wait_until([&] { return world.listener.outcomes().size() > before + 50; }));
    changing.config_json = json{{"delay_ms", 5}, {"credits", 200 + round}}.dump();
    ++changing.version;
    apply();
    EXPECT_EQ(registry.status().size(), 2U);
  }
  ends = true;
  load.join();
  registry.stop(2s);
  std::map<AttemptId, std::vector<OutcomeKind>> told;
  for (const auto& one : world.listener.outcomes()) told[one.attempt].push_back(one.outcome.kind);
  given.insert(given.end(), to_steady.begin(), to_steady.end());
  EXPECT_EQ(told.size(), given.size());
  for (const AttemptId& one : given) {
    ASSERT_EQ(told[one].size(), 1U) << one.to_string();
    EXPECT_TRUE(told[one][0] == OutcomeKind::sent || told[one][0] == OutcomeKind::try_later) << "nothing may be in doubt";
  }
}

INSTANTIATE_TEST_SUITE_P(All, ReloadUnderLoad, ::testing::Values(Isolation::none, Isolation::process),
                         [](const auto& given) { return std::string(given.param == Isolation::process ? "in_a_process" : "inside"); });

}  // namespace
}  // namespace messo
