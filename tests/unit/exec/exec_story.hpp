// A provider of the plugin exec with a real program behind it, in the tests.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <fstream>

#include "unit/channel/isolation_world.hpp"

namespace messo {

using namespace std::chrono_literals;

inline constexpr char kPythonProgram[] = "/usr/bin/python3";

class ExecPlugin : public ::testing::Test {
 protected:
  ExecPlugin() {
    std::string name = (std::filesystem::temp_directory_path() / "messo-exec-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~ExecPlugin() override { std::filesystem::remove_all(folder); }

  static std::string example(const std::string& name) { return std::filesystem::absolute("plugins/exec/examples/" + name).string(); }
  Result<std::shared_ptr<PluginProvider>> start(const nlohmann::json& config, Isolation isolation = Isolation::none) {
    auto library = PluginLibrary::open(test::plugin_dir(), "exec");
    if (!library) return fail(library.error());
    Provider settings = test::provider_of("exec", config.dump());
    settings.isolation = isolation;
    settings.memory_mb = 0;
    return PluginProvider::start(std::move(settings), *library, world.parts(), world.options());
  }
  std::shared_ptr<PluginProvider> running(const nlohmann::json& config, Isolation isolation = Isolation::none) {
    auto started = start(config, isolation);
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    return started ? *started : nullptr;
  }
  static nlohmann::json bad(const std::string& mode, nlohmann::json more = nlohmann::json::object()) {
    more["command"] = {kPythonProgram, std::filesystem::absolute("tests/unit/exec/bad_program.py").string(), mode};
    return more;
  }
  void submit(PluginProvider& port, std::span<const OutgoingMessage> batch) {
    ASSERT_TRUE(test::wait_until([&] { return port.submit(batch) == Submitted::taken; }));
  }
  // The outcome of one message through a program that misbehaves.
  Outcome outcome_of(PluginProvider& port) {
    const auto batch = world.messages(1);
    submit(port, batch);
    EXPECT_TRUE(test::wait_until([&] { return !world.listener.of(batch[0].attempt).empty(); }));
    return world.listener.of(batch[0].attempt).at(0);
  }
  // It works again after what went wrong.
  void expect_restarted() const {
    EXPECT_TRUE(test::wait_until([&] { return world.log.count("exec.ended") >= 1; }));
    EXPECT_TRUE(test::wait_until([&] {
      const auto grants = world.listener.grants();
      return grants.size() >= 3 && grants.back().messages > 0;
    })) << "it is started again";
  }
  std::string lines() const {
    std::ifstream in(folder / "lines");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void expect_sends_with_attachment(const nlohmann::json& config, Isolation isolation = Isolation::none) {
    const auto port = running(config, isolation);
    ASSERT_NE(port, nullptr);
    auto batch = world.messages(20);
    const std::string bytes(2'500'000, 'x');
    const auto blob = *world.blobs.put(batch[7].organisation, bytes);
    batch[7].attachments.push_back({"atto.pdf", "application/pdf", bytes.size(), blob});
    submit(*port, batch);
    ASSERT_TRUE(world.listener.wait_outcomes(20));
    for (const auto& told : world.listener.outcomes()) EXPECT_EQ(told.outcome.code, "append_to_file.written") << told.outcome.private_text;
    EXPECT_THAT(lines(), ::testing::HasSubstr("2500000"));
    EXPECT_THAT(lines(), ::testing::HasSubstr(batch[19].delivery.to_string()));
    EXPECT_THAT(lines(), ::testing::HasSubstr("la pratica è avviata"));
    EXPECT_TRUE(port->probe(5s));
    port->stop(5s);
    EXPECT_EQ(port->figures().in_hand, 0U);
  }

  test::IsolationWorld world;
  std::filesystem::path folder;
};

}  // namespace messo
