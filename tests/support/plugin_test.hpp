// What tests of plugins through the C border have in common.
#pragma once
#include <gtest/gtest.h>

#include "border_host.hpp"

namespace messo::test {

// A test with one plugin: what that breaks of the border's rules fails it.
struct PluginTest : ::testing::Test {
  std::unique_ptr<BorderHost> host;

  void TearDown() override {
    if (!host) return;
    host->stop();
    EXPECT_TRUE(host->violations().empty()) << host->violations().front();
  }
};

// The sentence with which a plugin refuses a configuration; "taken" when it does not.
inline std::string refusal_of(const std::string& plugin, const nlohmann::json& config) {
  try {
    BorderHost host(plugin, config);
    return "taken";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace messo::test
