// Animals of tests/bad_plugins that would take the daemon with them, each in a process of its own: its end is not the hub's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include "isolation_world.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class IsolatedZoo : public ::testing::Test {
 protected:
  std::shared_ptr<PluginProvider> running(const std::string& name, std::uint32_t memory_mb = 0, Millis hang = 30s) {
    auto options = world.options();
    options.hang = hang;
    auto started = world.start(test::zoo_dir(), name, nlohmann::json::object(), options, memory_mb);
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    return started ? *started : nullptr;
  }
  Outcome outcome_of(PluginProvider& port, const std::string& to) {
    const auto batch = world.messages(1, to);
    EXPECT_TRUE(test::wait_until([&] { return port.submit(batch) == Submitted::taken; }));
    EXPECT_TRUE(test::wait_until([&] { return !world.listener.of(batch[0].attempt).empty(); })) << to;
    const auto told = world.listener.of(batch[0].attempt);
    EXPECT_EQ(told.size(), 1U);
    return told.empty() ? Outcome{} : told[0];
  }

  test::IsolationWorld world;
};

TEST_F(IsolatedZoo, that_crashes_in_whatever_way_costs_its_own_message_and_works_again) {
  const auto port = running("crashes_in_submit");
  std::uint64_t restarts = 0;
  for (const char* how : {"abort", "segv", "exit", "throws_in_thread", "closes_everything"}) {
    EXPECT_EQ(outcome_of(*port, how).kind, OutcomeKind::unknown) << how;
    EXPECT_TRUE(test::wait_until([&] { return port->figures().restarts == restarts + 1; })) << how;
    ++restarts;
    EXPECT_EQ(outcome_of(*port, "harmless").kind, OutcomeKind::sent) << how;
  }
}
TEST_F(IsolatedZoo, that_hangs_in_submit_is_ended) {
  const auto port = running("crashes_in_submit", 0, 300ms);
  EXPECT_EQ(outcome_of(*port, "hangs").kind, OutcomeKind::unknown);
  EXPECT_EQ(outcome_of(*port, "harmless").kind, OutcomeKind::sent);
}
TEST_F(IsolatedZoo, that_takes_memory_without_bound_meets_its_limit) {
  if (test::kSanitized) GTEST_SKIP() << "a sanitizer needs the address space itself";
  const auto port = running("allocates_without_bound", 150);
  EXPECT_EQ(outcome_of(*port, "greedy").kind, OutcomeKind::unknown);
  EXPECT_EQ(outcome_of(*port, "harmless").kind, OutcomeKind::sent);
}
TEST_F(IsolatedZoo, that_blocks_in_stop_is_killed_and_not_left_behind) {
  const auto port = running("blocks_in_stop");
  const auto process = static_cast<pid_t>(port->figures().process);
  const auto begin = std::chrono::steady_clock::now();
  port->stop(50ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  EXPECT_EQ(world.log.count("MSO-2516"), 0U);
  EXPECT_NE(::kill(process, 0), 0) << "its process is gone";
}
TEST_F(IsolatedZoo, that_throws_where_it_must_not_is_refused_or_told_as_unknown) {
  EXPECT_EQ(world.start(test::zoo_dir(), "throws_in_create", nlohmann::json::object(), world.options()).error().code, "provider_refused");
  const auto port = running("throws_in_submit");
  const auto batch = world.messages(3);
  ASSERT_TRUE(test::wait_until([&] { return port->submit(batch) == Submitted::taken; }));
  ASSERT_TRUE(world.listener.wait_outcomes(3));
  EXPECT_EQ(world.listener.of(batch[0].attempt).at(0).kind, OutcomeKind::sent);
  EXPECT_EQ(world.listener.of(batch[2].attempt).at(0).kind, OutcomeKind::unknown);
}
TEST_F(IsolatedZoo, that_gives_garbage_is_read_as_inside_the_daemon) {
  const auto garbage = running("garbage_outcome");
  const auto outcome = outcome_of(*garbage, "garbage");
  EXPECT_EQ(outcome.kind, OutcomeKind::unknown);
  EXPECT_EQ(outcome.code, "not_a_code__");
  EXPECT_EQ(outcome.public_text.size(), kMaxPublicText);
  const auto references = running("corrupt_references");
  const auto told = outcome_of(*references, "anna@example.it");
  EXPECT_LE(told.references.size(), kMaxReferences);
  EXPECT_EQ(garbage->figures().restarts + references->figures().restarts, 0U);
}
TEST_F(IsolatedZoo, that_answers_twice_or_for_others_is_not_believed) {
  const auto twice = running("answers_twice");
  const auto batch = world.messages(1);
  ASSERT_TRUE(test::wait_until([&] { return twice->submit(batch) == Submitted::taken; }));
  ASSERT_TRUE(test::wait_until([&] { return world.listener.of(batch[0].attempt).size() == 2; }));
  EXPECT_EQ(world.log.count("MSO-2506"), 1U);
  const auto foreign = running("foreign_token");
  ASSERT_TRUE(test::wait_until([&] { return foreign->submit(world.messages(2)) == Submitted::taken; }));
  EXPECT_TRUE(test::wait_until([&] { return world.log.count("MSO-2507") == 2; }));
  EXPECT_EQ(foreign->figures().in_hand, 2U);
}
TEST_F(IsolatedZoo, that_floods_the_log_or_grants_absurdly_is_bounded) {
  const auto port = running("floods_log");
  EXPECT_TRUE(test::wait_until([&] { return world.log.count("plugin.note") == 200; }));
  running("absurd_credits");
  EXPECT_TRUE(test::wait_until([&] { return !world.listener.grants().empty() && world.listener.grants().back().messages == 100'000; }));
}

// One that is stopped dead delays nobody: not another provider's messages, and not the end of the hub beyond its time.
TEST_F(IsolatedZoo, a_dead_process_does_not_stall_another_provider) {
  const auto dead = running("crashes_in_submit");
  const auto well = running("answers_twice");
  ASSERT_EQ(::kill(static_cast<pid_t>(dead->figures().process), SIGSTOP), 0);
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) {
    dead->submit(world.messages(1));
    const auto batch = world.messages(1);
    ASSERT_TRUE(test::wait_until([&] { return well->submit(batch) == Submitted::taken; }));
    ASSERT_TRUE(test::wait_until([&] { return !world.listener.of(batch[0].attempt).empty(); }));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  const auto stopping = std::chrono::steady_clock::now();
  dead->stop(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - stopping, 4s);
}

}  // namespace
}  // namespace messo
