// Questions about doubts and long flows through a plugin's process, also while it ends and is started again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include "isolation_world.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

class IsolatedExtensions : public ::testing::Test {
 protected:
  IsolatedExtensions() {
    std::string name = (std::filesystem::temp_directory_path() / "messo-isolated-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~IsolatedExtensions() override { std::filesystem::remove_all(folder); }

  std::shared_ptr<PluginProvider> running(const json& config, Millis hang = 30s, Millis first_wait = 10ms) {
    auto options = world.options();
    options.hang = hang;
    options.first_wait = first_wait;
    options.drain = 500ms;
    auto started = world.start(test::plugin_dir(), "flaky", config, options);
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    return started ? *started : nullptr;
  }
  // One whose outcome is unknown, as the script has it.
  AttemptId in_doubt(PluginProvider& port, const std::string& to) {
    const auto batch = world.messages(1, to);
    EXPECT_TRUE(test::wait_until([&] { return port.submit(batch) == Submitted::taken; }));
    EXPECT_TRUE(test::wait_until([&] { return !world.listener.of(batch[0].attempt).empty(); }));
    EXPECT_EQ(world.listener.of(batch[0].attempt).at(0).kind, OutcomeKind::unknown);
    return batch[0].attempt;
  }
  // Asked until the plugin takes the question; what it says then.
  Outcome answer_about(PluginProvider& port, AttemptId attempt) {
    const auto before = world.listener.of(attempt).size();
    EXPECT_TRUE(test::wait_until([&] { return bool{port.query(attempt, {})}; }));
    EXPECT_TRUE(test::wait_until([&] { return world.listener.of(attempt).size() > before; }));
    return world.listener.of(attempt).back();
  }
  void kill_process(const PluginProvider& port, int number) {
    ASSERT_TRUE(test::wait_until([&] { return port.figures().process > 0; }));
    ASSERT_EQ(::kill(static_cast<pid_t>(port.figures().process), number), 0);
  }
  json with_ledger() const {
    return {{"ledger", (folder / "ledger").string()},
            {"script", json::array({{{"to", "^arriva"}, {"outcome", "unknown"}, {"arrives", true}},
                                    {{"to", "^perso"}, {"outcome", "unknown"}},
                                    {{"to", "^lento"}, {"outcome", "sent"}, {"delay_ms", 600'000}}})}};
  }

  test::IsolationWorld world;
  std::filesystem::path folder;
};

TEST_F(IsolatedExtensions, a_doubt_asked_about_is_answered_by_the_plugin) {
  const auto port = running(with_ledger());
  ASSERT_TRUE(port->can_query());
  const auto arrived = in_doubt(*port, "arriva@example.it"), lost = in_doubt(*port, "perso@example.it");
  EXPECT_EQ(answer_about(*port, arrived).code, "flaky.found");
  EXPECT_EQ(answer_about(*port, lost).kind, OutcomeKind::try_later);
  EXPECT_EQ(port->figures().restarts, 0U);
}

TEST_F(IsolatedExtensions, what_the_killed_process_held_can_be_asked_of_the_next_one) {
  const auto port = running(with_ledger());
  const auto arrived = in_doubt(*port, "arriva@example.it");
  kill_process(*port, SIGKILL);
  ASSERT_TRUE(test::wait_until([&] { return port->figures().restarts == 1; }));
  EXPECT_EQ(answer_about(*port, arrived).kind, OutcomeKind::sent);
  const auto of_an_earlier_run = AttemptId::make(world.clock.now());
  EXPECT_EQ(answer_about(*port, of_an_earlier_run).kind, OutcomeKind::try_later);
}

TEST_F(IsolatedExtensions, every_way_not_to_answer_comes_across) {
  const auto busy = running({{"queries", {"busy"}}}), mute = running({{"queries", {"cannot_say"}}}),
             throwing = running({{"queries", {"throw"}}}), silent = running({{"queries", {"never"}}});
  const auto attempt = AttemptId::make(world.clock.now());
  EXPECT_EQ(busy->query(attempt, {}).error().code, "provider_busy");
  EXPECT_EQ(mute->query(attempt, {}).error().code, "cannot_say");
  EXPECT_EQ(throwing->query(attempt, {}).error().code, "query_failed");
  EXPECT_TRUE(silent->query(attempt, {}));
  EXPECT_TRUE(world.listener.outcomes().empty());
}

// "It never can tell" is final for a doubt: a process that is away must not be taken for that.
TEST_F(IsolatedExtensions, while_its_process_is_away_a_question_is_put_off_and_never_dismissed) {
  const auto port = running(with_ledger(), 30s, 300ms);
  const auto lost = in_doubt(*port, "perso@example.it");
  kill_process(*port, SIGKILL);
  std::size_t put_off = 0;
  ASSERT_TRUE(test::wait_until([&] {
    const auto asked = port->query(lost, {});
    if (asked) return true;
    put_off += asked.error().code == "provider_busy";
    EXPECT_NE(asked.error().code, "cannot_say");
    return false;
  }));
  EXPECT_GT(put_off, 0U);
  ASSERT_TRUE(test::wait_until([&] { return world.listener.of(lost).size() == 2; }));
}

TEST_F(IsolatedExtensions, a_process_that_is_being_stopped_puts_questions_off_too) {
  const auto port = running(with_ledger(), 30s, 300ms);
  const auto lost = in_doubt(*port, "perso@example.it");
  const auto held = world.messages(1, "lento@example.it");  // its stop lasts
  ASSERT_TRUE(test::wait_until([&] { return port->submit(held) == Submitted::taken; }));
  const auto before = port->figures().process;
  kill_process(*port, SIGTERM);
  ASSERT_TRUE(test::wait_until([&] {
    const auto asked = port->query(lost, {});
    EXPECT_TRUE(asked || asked.error().code == "provider_busy") << asked.error().code;
    return port->figures().process > 0 && port->figures().process != before;
  }));
  EXPECT_EQ(answer_about(*port, lost).kind, OutcomeKind::try_later);
}

TEST_F(IsolatedExtensions, a_question_that_hangs_ends_the_process_and_nothing_else) {
  const auto port = running({{"queries", {"hang"}}}, 300ms);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(port->query(AttemptId::make(world.clock.now()), {}));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
  const auto batch = world.messages(1);
  ASSERT_TRUE(test::wait_until([&] { return port->submit(batch) == Submitted::taken; }));
  ASSERT_TRUE(world.listener.wait_outcomes(1));
  EXPECT_THAT(world.log.lines().front().second, HasSubstr("did not return from a call in time"));
}

TEST_F(IsolatedExtensions, a_call_with_receipts_waits_for_a_process_that_starts_and_is_made_again_when_there_is_none) {
  const auto port = running(json::object(), 30s, 400ms);
  const auto receipts = port->receipts();
  const ReceiptCall call{"POST", "/x", "", "{}", R"({"id": "1", "do": "delivered", "ref": "a"})", "192.0.2.7", ""};
  ASSERT_EQ(receipts->call(call, 10s)->status, 200);
  kill_process(*port, SIGKILL);
  std::size_t again = 0;
  ASSERT_TRUE(test::wait_until([&] {
    const auto answer = receipts->call(call, 10s);
    EXPECT_TRUE(answer) << answer.error().code;
    EXPECT_TRUE(answer->status == 503 || answer->status == 200) << answer->status;
    EXPECT_EQ(answer->receipts.size(), answer->status == 200 ? 1U : 0U);
    again += answer->status == 503;
    return answer->status == 200;
  }));
  EXPECT_GT(again, 0U);
}

// ---- long flows, over the bare table: the hub's own part of them comes with the channels that need it ----

class IsolatedFlow : public ::testing::Test {
 protected:
  IsolatedFlow() : border(test::provider_of("long_flow"), world.parts()) {
    char room[512];
    messo_buffer why{room, sizeof room, 0};
    figures = std::make_shared<IsolationFigures>();
    instance =
        IsolatedPlugin::create({test::zoo_dir(), "long_flow", "long_flow-1", 0, world.options(), figures}, "{}", border.host(), &why);
    EXPECT_NE(instance, nullptr) << std::string(room, why.len);
    EXPECT_EQ(table.start(instance, &why), MESSO_OK) << std::string(room, why.len);
    EXPECT_TRUE(test::wait_until([&] { return border.figures().granted > 0; }));
  }
  ~IsolatedFlow() override {
    table.stop(instance, 100);
    border.mute();
    table.destroy(instance);
  }
  OutgoingMessage begun(const std::string& to) {
    const auto batch = world.messages(1, to);
    EXPECT_TRUE(border.admit(batch));
    const BorderBatch raw(batch);
    EXPECT_EQ(table.submit(instance, raw.data(), raw.size()), MESSO_OK);
    return batch[0];
  }
  std::int32_t resume(const OutgoingMessage& message, std::string_view checkpoint) {
    const BorderBatch raw({&message, 1});
    border.expect(message.attempt);
    const auto* extension = static_cast<const messo_resume_v1*>(table.extension("resume/1"));
    return extension->resume(instance, raw.data()[0], {checkpoint.data(), checkpoint.size()});
  }
  std::string code_of(AttemptId attempt, std::size_t nth = 0) {
    EXPECT_TRUE(test::wait_until([&] { return world.listener.of(attempt).size() > nth; }));
    return world.listener.of(attempt).at(nth).code;
  }

  test::IsolationWorld world;
  PluginBorder border;
  std::shared_ptr<IsolationFigures> figures;
  const messo_channel& table = IsolatedPlugin::table();
  messo_instance* instance = nullptr;
};

TEST_F(IsolatedFlow, what_it_checkpointed_comes_back_byte_for_byte_to_the_next_process) {
  const auto message = begun("anna@example.it");
  ASSERT_TRUE(test::wait_until([&] { return !world.listener.checkpoints().empty(); }));
  const std::string kept = world.listener.checkpoints().at(0);
  EXPECT_EQ(kept, std::string("uploaded\0as 17", 14));
  ASSERT_EQ(::kill(figures->pid, SIGKILL), 0);
  EXPECT_EQ(code_of(message.attempt), "process_ended");
  ASSERT_TRUE(test::wait_until([&] { return resume(message, kept) == MESSO_OK; }));
  EXPECT_EQ(code_of(message.attempt, 1), "zoo.resumed");
}
TEST_F(IsolatedFlow, checkpoints_that_are_none_are_refused) {
  EXPECT_EQ(code_of(begun("too_large").attempt), "zoo.code" + std::to_string(MESSO_E_INVALID));
  EXPECT_EQ(code_of(begun("foreign").attempt), "zoo.code" + std::to_string(MESSO_E_NOT_FOUND));
  EXPECT_TRUE(world.listener.checkpoints().empty());
}
TEST_F(IsolatedFlow, a_resumed_attempt_that_crashes_the_process_is_in_doubt_again) {
  const auto message = world.messages(1)[0];
  EXPECT_EQ(resume(message, "busy"), MESSO_E_BUSY);
  EXPECT_EQ(resume(message, "crash"), MESSO_E_INTERNAL);
  EXPECT_EQ(code_of(message.attempt), "process_ended");
  ASSERT_TRUE(test::wait_until([&] { return figures->restarts == 1 && figures->pid > 0; }));
}
TEST_F(IsolatedFlow, taking_back_and_measuring_come_across) {
  const auto message = begun("anna@example.it");
  ASSERT_TRUE(test::wait_until([&] { return !world.listener.checkpoints().empty(); }));
  const messo_id attempt = to_border(message.attempt);
  EXPECT_EQ(static_cast<const messo_cancel_v1*>(table.extension("cancel/1"))->cancel(instance, &attempt), MESSO_OK);
  EXPECT_EQ(code_of(message.attempt), "zoo.cancelled");
  char room[64];
  messo_buffer report{room, sizeof room, 0};
  std::uint64_t units = 0;
  const BorderBatch raw({&message, 1});
  EXPECT_EQ(static_cast<const messo_measure_v1*>(table.extension("measure/1"))->measure(instance, raw.data()[0], &units, &report),
            MESSO_OK);
  EXPECT_EQ(units, message.to.size());
  EXPECT_EQ(std::string(room, report.len), "counted");
}

}  // namespace
}  // namespace messo
