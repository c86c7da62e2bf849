// The C++ wrapper's two promises to authors: the easy form keeps the border's rules for them, and nothing they throw gets out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "channel/sdk/messo_channel.hpp"
#include "channel_doubles.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using plugin::About;
using plugin::Host;
using plugin::OwnedMessage;

constexpr char kRefusingSchema[] =
    R"({"type":"object","additionalProperties":false,"properties":{"refuse":{"type":"boolean","default":false}}})";

// One test's plugin: what send() does is set by the test.
struct Behaviour {
  std::function<plugin::Outcome(const OwnedMessage&)> send = [](const OwnedMessage&) { return plugin::sent(); };
  std::atomic<int> sends{0}, interrupts{0};
  std::promise<void> entered;
};
Behaviour* behaviour = nullptr;

class Easy final : public plugin::BlockingChannel {
 public:
  Easy(std::string_view config, Host host) : BlockingChannel(host, {1, 2}) {
    if (config.find("true") != std::string_view::npos) throw plugin::ConfigError("refuse: is true; make it false");
  }
  static About about() {
    About out;
    out.name = "easy";
    out.version = "1.0.0";
    out.channels = {"email"};
    out.config_schema_json = kRefusingSchema;
    out.preferred_batch = out.max_batch = 10;
    return out;
  }
  plugin::Outcome send(const OwnedMessage& message) override {
    ++behaviour->sends;
    return behaviour->send(message);
  }
  void interrupt() noexcept override { ++behaviour->interrupts; }
};

class Wrapper : public ::testing::Test {
 protected:
  Wrapper() { behaviour = &now; }
  std::shared_ptr<PluginProvider> start() {
    auto library = PluginLibrary::adopt(*plugin::Export<Easy>::table());
    EXPECT_TRUE(library) << (library ? "" : library.error().message);
    return *PluginProvider::start(test::provider_of("easy"), *library, world.parts());
  }
  std::vector<OutgoingMessage> messages(std::size_t count) {
    std::vector<OutgoingMessage> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(test::message_to("anna@example.it", world.clock.now()));
    return out;
  }
  Behaviour now;
  test::Surroundings world;
};

TEST_F(Wrapper, an_owned_message_is_a_whole_copy_that_moves) {
  auto from = test::message_to("anna@example.it", world.clock.now());
  from.attachments = {{"a.pdf", "application/pdf", 12, {}}};
  std::optional<OwnedMessage> kept;
  {
    const OutgoingMessage dies = from;
    const BorderBatch batch({&dies, 1});
    kept.emplace(**batch.data());
  }
  const OwnedMessage moved = std::move(*kept);
  EXPECT_EQ(moved.to(), "anna@example.it");
  EXPECT_EQ(moved.channel(), "email");
  EXPECT_EQ(moved.language(), "it");
  EXPECT_EQ(moved.from(), "");
  EXPECT_EQ(attempt_of(moved.attempt()), from.attempt);
  EXPECT_EQ(moved.part_count(), 2U);
  EXPECT_EQ(moved.text("text"), from.parts[1].body);
  EXPECT_FALSE(moved.find_part("html").has_value());
  EXPECT_EQ(moved.attachment(0).name, "a.pdf");
  EXPECT_EQ(moved.attachment(0).handle, 1U);
  EXPECT_EQ(plugin::to_string(moved.attempt()), from.attempt.to_string());
}

TEST_F(Wrapper, an_exception_of_send_leaves_the_message_in_doubt) {
  now.send = [](const OwnedMessage&) -> plugin::Outcome { throw std::runtime_error("socket closed"); };
  const auto port = start();
  EXPECT_EQ(port->submit(messages(1)), Submitted::taken);
  ASSERT_TRUE(world.listener.wait_outcomes(1));
  EXPECT_EQ(world.listener.outcomes()[0].outcome.kind, OutcomeKind::unknown);
  EXPECT_EQ(world.listener.outcomes()[0].outcome.private_text, "socket closed");
}

TEST_F(Wrapper, a_message_whose_time_has_passed_is_not_sent) {
  const auto port = start();
  auto batch = messages(1);
  batch[0].send_before = world.clock.now();
  EXPECT_EQ(port->submit(batch), Submitted::taken);
  ASSERT_TRUE(world.listener.wait_outcomes(1));
  EXPECT_EQ(world.listener.outcomes()[0].outcome.kind, OutcomeKind::try_later);
  EXPECT_EQ(now.sends, 0);
}

TEST_F(Wrapper, grants_threads_and_queue_and_takes_no_more) {
  std::promise<void> gate;
  now.send = [open = gate.get_future().share()](const OwnedMessage&) { return open.wait(), plugin::sent(); };
  const auto port = start();
  EXPECT_EQ(world.listener.grants().at(0).messages, 3U);
  EXPECT_EQ(port->submit(messages(3)), Submitted::taken);
  EXPECT_EQ(port->submit(messages(1)), Submitted::busy);
  gate.set_value();
  ASSERT_TRUE(world.listener.wait_outcomes(3));
  while (port->submit(messages(1)) == Submitted::busy) std::this_thread::yield();  // the last place is free a moment after its outcome
  ASSERT_TRUE(world.listener.wait_outcomes(4));
}

TEST_F(Wrapper, stopping_finishes_what_is_on_the_wire_and_gives_back_the_rest) {
  std::promise<void> gate;
  now.send = [this, open = gate.get_future().share()](const OwnedMessage&) {
    now.entered.set_value();
    open.wait();
    return plugin::sent();
  };
  const auto port = start();
  const auto batch = messages(3);
  EXPECT_EQ(port->submit(batch), Submitted::taken);
  now.entered.get_future().wait();
  std::thread stopper([&] { port->stop(10s); });
  ASSERT_TRUE(world.listener.wait_outcomes(2)) << "those that wait are given back at once";
  gate.set_value();
  stopper.join();
  EXPECT_EQ(now.sends, 1);
  EXPECT_EQ(now.interrupts, 0);
  EXPECT_EQ(world.listener.of(batch[0].attempt).at(0).kind, OutcomeKind::sent);
  EXPECT_EQ(world.listener.of(batch[1].attempt).at(0).kind, OutcomeKind::try_later);
  EXPECT_TRUE(world.listener.of(batch[2].attempt).at(0).throttled);
}

TEST_F(Wrapper, stopping_interrupts_a_send_that_takes_too_long) {
  now.send = [this](const OwnedMessage&) {
    now.entered.set_value();
    while (now.interrupts == 0) std::this_thread::yield();
    return plugin::unknown("easy.interrupted", "interrupted");
  };
  const auto port = start();
  EXPECT_EQ(port->submit(messages(1)), Submitted::taken);
  now.entered.get_future().wait();
  port->stop(20ms);
  ASSERT_EQ(world.listener.outcomes().size(), 1U);
  EXPECT_EQ(world.listener.outcomes()[0].outcome.code, "easy.interrupted");
}

TEST_F(Wrapper, an_error_sentence_is_cut_at_a_character) {
  char room[4];
  messo_buffer buffer{room, sizeof room, 0};
  plugin::fill(&buffer, "perché");
  EXPECT_EQ(std::string_view(room, buffer.len), "perc");
  plugin::fill(&buffer, "pàèì");
  EXPECT_EQ(std::string_view(room, buffer.len), "pà");
}

}  // namespace
}  // namespace messo
