// The hub survives every animal of tests/bad_plugins, and says what is wrong with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <thread>

#include "bad_plugins/asked_calls.hpp"
#include "channel_doubles.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string open_problem(std::string_view name) {
  const auto opened = PluginLibrary::open(test::zoo_dir(), name);
  return opened ? std::string("it loads") : opened.error().message;
}

TEST(BadPlugin, is_refused_when_its_entry_throws) { EXPECT_THAT(open_problem("throws_in_entry"), HasSubstr("threw an exception")); }
TEST(BadPlugin, of_a_foreign_major_is_refused_naming_the_symbol_it_has) {
  const auto opened = PluginLibrary::open(test::zoo_dir(), "wrong_major");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "plugin_of_another_version");
  EXPECT_THAT(opened.error().message, HasSubstr("messo_channel_entry_v7"));
  EXPECT_THAT(opened.error().message, HasSubstr(MESSO_ENTRY_SYMBOL));
}
TEST(BadPlugin, that_is_no_plugin_is_refused) { EXPECT_THAT(open_problem("no_entry"), HasSubstr("no channel plugin")); }
TEST(BadPlugin, without_a_table_is_refused) { EXPECT_THAT(open_problem("null_table"), HasSubstr("returned nothing")); }
TEST(BadPlugin, with_a_short_table_is_refused) { EXPECT_THAT(open_problem("short_struct"), HasSubstr("24 bytes")); }
TEST(BadPlugin, under_another_name_is_refused) { EXPECT_THAT(open_problem("wrong_name"), HasSubstr("calls itself \"smtp\"")); }
TEST(BadPlugin, without_submit_is_refused) { EXPECT_THAT(open_problem("no_functions"), HasSubstr("submit")); }
TEST(BadPlugin, for_unknown_channels_only_is_refused) { EXPECT_THAT(open_problem("no_channels"), HasSubstr("no channel")); }
TEST(BadPlugin, that_takes_no_message_is_refused) { EXPECT_THAT(open_problem("no_batch"), HasSubstr("batches")); }
TEST(BadPlugin, with_a_broken_schema_is_refused) { EXPECT_THAT(open_problem("corrupt_schema"), HasSubstr("schema")); }
TEST(BadPlugin, with_an_open_schema_is_refused) { EXPECT_THAT(open_problem("open_schema"), HasSubstr("additionalProperties")); }
TEST(BadPlugin, that_is_no_library_is_refused) {
  EXPECT_THAT(open_problem("not_there"), HasSubstr("there is no plugin"));
  for (const char* name : {"", "../smtp", "smtp.so", "Smtp", "a/b"}) EXPECT_THAT(open_problem(name), HasSubstr("lower-case")) << name;
}

class Zoo : public ::testing::Test {
 protected:
  Result<std::shared_ptr<PluginProvider>> start(const std::string& name) {
    auto plugin = PluginLibrary::open(test::zoo_dir(), name);
    if (!plugin) return fail(plugin.error());
    return PluginProvider::start(test::provider_of(name), *plugin, world.parts());
  }
  std::shared_ptr<PluginProvider> running(const std::string& name) {
    auto started = start(name);
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    return started ? *started : nullptr;
  }
  std::vector<OutgoingMessage> messages(std::size_t count, const std::string& to = "anna@example.it") {
    std::vector<OutgoingMessage> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(test::message_to(to, world.clock.now()));
    return out;
  }

  // For an animal that goes on calling, which outlives the test.
  static bad::AskedCalls& asked_calls() {
    static auto& all = *new std::deque<bad::AskedCalls>;
    return all.emplace_back();
  }
  // A message that tells the animal of it.
  std::vector<OutgoingMessage> asking(const bad::AskedCalls& calls) {
    auto out = messages(1);
    out[0].from_name = std::to_string(reinterpret_cast<std::uintptr_t>(&calls));
    return out;
  }

  test::Surroundings world;
};

TEST_F(Zoo, that_refuses_without_a_word_gives_a_sentence_all_the_same) {
  const auto started = start("refuses_silently");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "provider_refused");
  EXPECT_THAT(started.error().message, HasSubstr("did not say why"));
}
TEST_F(Zoo, that_overstates_the_length_of_its_sentence_reads_nothing_beyond_it) {
  const auto started = start("overflows_error");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().message, std::string(1024, '!'));
}
TEST_F(Zoo, that_throws_in_create_is_refused) {
  const auto started = start("throws_in_create");
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "provider_refused");
}

TEST_F(Zoo, that_throws_in_submit_leaves_what_it_did_not_answer_in_doubt) {
  const auto port = running("throws_in_submit");
  const auto batch = messages(3);
  EXPECT_EQ(port->submit(batch), Submitted::failed);
  ASSERT_EQ(world.listener.outcomes().size(), 3U);
  EXPECT_EQ(world.listener.of(batch[0].attempt).at(0).kind, OutcomeKind::sent);
  EXPECT_EQ(world.listener.of(batch[1].attempt).at(0).kind, OutcomeKind::unknown);
  EXPECT_EQ(world.listener.of(batch[2].attempt).at(0).kind, OutcomeKind::unknown);
}
TEST_F(Zoo, that_is_busy_after_answering_is_not_given_the_batch_again) {
  const auto port = running("busy_but_answers");
  const auto batch = messages(2);
  EXPECT_EQ(port->submit(batch), Submitted::failed);
  EXPECT_EQ(world.listener.of(batch[0].attempt).at(0).kind, OutcomeKind::sent);
  EXPECT_EQ(world.listener.of(batch[1].attempt).at(0).kind, OutcomeKind::unknown);
  EXPECT_EQ(world.log.count("MSO-2502"), 1U);
}
TEST_F(Zoo, that_answers_twice_has_its_second_answer_passed_on_after_the_first) {
  const auto port = running("answers_twice");
  const auto batch = messages(1);
  EXPECT_EQ(port->submit(batch), Submitted::taken);
  const auto told = world.listener.of(batch[0].attempt);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].kind, OutcomeKind::sent);
  EXPECT_EQ(told[1].kind, OutcomeKind::refused);
  EXPECT_EQ(world.log.count("MSO-2506"), 1U);
}
TEST_F(Zoo, that_answers_for_a_foreign_message_is_not_believed) {
  const auto port = running("foreign_token");
  EXPECT_EQ(port->submit(messages(2)), Submitted::taken);
  EXPECT_TRUE(world.listener.outcomes().empty());
  EXPECT_EQ(port->figures().in_hand, 2U);
  EXPECT_EQ(world.log.count("MSO-2507"), 2U);
}
TEST_F(Zoo, that_answers_late_causes_a_doubt_which_the_answer_settles) {
  const auto port = running("answers_late");
  const auto first = messages(1);
  EXPECT_EQ(port->submit(first), Submitted::taken);
  world.clock.advance(119s);
  port->sweep();
  EXPECT_TRUE(world.listener.outcomes().empty()) << "its time is not over";
  world.clock.advance(2s);
  port->sweep();
  port->sweep();
  ASSERT_EQ(world.listener.of(first[0].attempt).size(), 1U);
  EXPECT_EQ(world.listener.of(first[0].attempt)[0].kind, OutcomeKind::unknown);
  EXPECT_EQ(world.listener.of(first[0].attempt)[0].code, "no_answer");
  EXPECT_EQ(port->submit(messages(1)), Submitted::taken);
  ASSERT_EQ(world.listener.of(first[0].attempt).size(), 2U);
  EXPECT_EQ(world.listener.of(first[0].attempt)[1].kind, OutcomeKind::sent);
}
TEST_F(Zoo, wall_clock_steps_do_not_put_messages_in_doubt) {
  const auto port = running("never_answers");
  EXPECT_EQ(port->submit(messages(1)), Submitted::taken);
  world.clock.step_wall(24h);
  port->sweep();
  EXPECT_TRUE(world.listener.outcomes().empty());
}
TEST_F(Zoo, that_never_answers_holds_its_grant_and_ends_in_doubt_when_stopped) {
  const auto port = running("never_answers");
  const auto batch = messages(10);
  EXPECT_EQ(port->submit(batch), Submitted::taken);
  EXPECT_EQ(port->submit(messages(1)), Submitted::busy) << "it granted ten";
  port->stop(1s);
  EXPECT_EQ(world.listener.outcomes().size(), 10U);
  for (const auto& told : world.listener.outcomes()) EXPECT_EQ(told.outcome.code, "stopped_unanswered");
  EXPECT_EQ(port->submit(messages(1)), Submitted::busy) << "it is stopped";
}
TEST_F(Zoo, with_absurd_grants_is_bounded) {
  const auto port = running("absurd_credits");
  ASSERT_EQ(world.listener.grants().size(), 1U);
  EXPECT_EQ(world.listener.grants()[0].messages, 100'000U);
  EXPECT_EQ(world.listener.grants()[0].pause_until, world.clock.now() + 24h);
  EXPECT_EQ(port->submit(messages(1)), Submitted::busy) << "it asked to wait";
  world.clock.advance(25h);
  EXPECT_EQ(port->submit(messages(1)), Submitted::taken);
}
TEST_F(Zoo, with_garbage_in_its_outcomes_is_read_as_the_most_careful_values) {
  const auto port = running("garbage_outcome");
  const auto batch = messages(1, "garbage");
  EXPECT_EQ(port->submit(batch), Submitted::taken);
  const auto told = world.listener.of(batch[0].attempt);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, OutcomeKind::unknown);
  EXPECT_EQ(told[0].scope, OutcomeScope::message);
  EXPECT_EQ(told[0].retry_after, kLongestRetryAfter);
  EXPECT_EQ(told[0].code, "not_a_code__");
  EXPECT_EQ(told[0].public_text.size(), kMaxPublicText);
  EXPECT_EQ(told[0].private_text, "bad ?( text ");
  EXPECT_TRUE(told[0].references.empty());
}
TEST_F(Zoo, with_outcomes_that_are_none_is_not_answered_for) {
  const auto port = running("garbage_outcome");
  EXPECT_EQ(port->submit(messages(1, "short")), Submitted::taken);
  EXPECT_EQ(port->submit(messages(1, "null")), Submitted::taken);
  EXPECT_TRUE(world.listener.outcomes().empty());
  EXPECT_EQ(port->figures().in_hand, 2U);
  EXPECT_EQ(port->submit(messages(1, "references")), Submitted::taken);
  EXPECT_EQ(world.listener.outcomes().size(), 1U);
}
TEST_F(Zoo, with_corrupt_references_keeps_those_that_could_match_byte_for_byte) {
  const auto port = running("corrupt_references");
  const auto batch = messages(1);
  EXPECT_EQ(port->submit(batch), Submitted::taken);
  const auto told = world.listener.of(batch[0].attempt);
  ASSERT_EQ(told.size(), 1U);
  ASSERT_FALSE(told[0].references.empty());
  EXPECT_LE(told[0].references.size(), kMaxReferences);
  for (const auto& one : told[0].references) {
    EXPECT_LE(one.value.size(), kMaxReferenceValue);
    EXPECT_EQ(one.kind.find_first_of("\"\n"), std::string::npos) << one.kind;
  }
  EXPECT_EQ(told[0].references[0].value, "{\"id\": \"unclosed");
  ASSERT_EQ(world.listener.receipts().size(), 1U);
}
TEST_F(Zoo, that_blocks_in_stop_is_left_behind_and_muted) {
  auto& calls = asked_calls();
  const auto port = running("blocks_in_stop");
  EXPECT_EQ(port->submit(asking(calls)), Submitted::taken);
  port->stop(50ms);
  EXPECT_EQ(world.log.count("MSO-2516"), 1U);
  // Its thread answered between the call of stop and the muting, or we did: once, and never again.
  const auto outcomes = world.listener.outcomes().size();
  EXPECT_GE(outcomes, 1U);
  const auto lines = world.log.lines().size();
  EXPECT_EQ(port->figures().in_hand, 0U);
  calls.ask_for(20);
  EXPECT_EQ(world.listener.outcomes().size(), outcomes);
  EXPECT_EQ(world.log.lines().size(), lines);
}
TEST_F(Zoo, that_blocks_in_submit_can_still_be_left_behind) {
  const auto port = running("blocks_in_submit");
  const auto batch = messages(1);
  std::thread([port, batch] { port->submit(batch); }).detach();
  while (port->figures().in_hand == 0) std::this_thread::yield();
  port->stop(50ms);
  ASSERT_EQ(world.listener.of(batch[0].attempt).size(), 1U);
  EXPECT_EQ(world.listener.of(batch[0].attempt)[0].kind, OutcomeKind::unknown);
}
TEST_F(Zoo, that_calls_after_its_end_reaches_nobody) {
  auto& calls = asked_calls();
  auto port = running("calls_after_stop");
  EXPECT_EQ(port->submit(asking(calls)), Submitted::taken);
  EXPECT_TRUE(world.listener.wait_outcomes(1));
  port->stop(1s);
  port.reset();
  const auto outcomes = world.listener.outcomes().size();
  const auto grants = world.listener.grants().size();
  calls.ask_for(20);
  EXPECT_EQ(world.listener.outcomes().size(), outcomes);
  EXPECT_EQ(world.listener.grants().size(), grants);
}
TEST_F(Zoo, that_floods_the_log_is_cut_short) {
  const auto port = running("floods_log");
  EXPECT_EQ(world.log.count("plugin.note"), 200U);
  EXPECT_EQ(world.log.lines().front().second, "a thought");
}

}  // namespace
}  // namespace messo
