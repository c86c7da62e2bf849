// A whole dispatch stage over the memory store, a clock that is told, and providers that are scripted.
#pragma once
#include <gtest/gtest.h>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "dispatch/dispatcher.hpp"
#include "events/event_bell.hpp"
#include "store/engines.hpp"
#include "unit/dispatch/flaky_store.hpp"

namespace messo::testing {

using namespace std::chrono_literals;

// Longest a test waits for anything before it fails.
inline constexpr auto kPatience = 10s;

Outcome sent();
Outcome outcome(OutcomeKind kind, OutcomeScope scope = OutcomeScope::message, std::string code = "test.code");
Outcome throttled(OutcomeScope scope, std::optional<Millis> retry_after = {});

// Answers each message as the script says, from inside submit(); an empty answer keeps the message in its hands until answer().
class ScriptedPort final : public ProviderPort {
 public:
  using Script = std::function<std::optional<Outcome>(const OutgoingMessage&)>;
  ScriptedPort(Provider settings, Script script) : settings_(std::move(settings)), script_(std::move(script)) {}

  const Provider& settings() const override { return settings_; }
  bool simulated() const override { return simulated_; }
  std::size_t preferred_batch() const override { return 16; }
  std::size_t max_batch() const override { return 64; }
  Submitted submit(std::span<const OutgoingMessage> batch) override;
  void stop(Millis limit) override;  // gives back what it holds

  // Nothing is submitted before: as a plugin's start() does.
  void connect(ProviderListener& listener, std::uint32_t credits);
  void grant(std::uint32_t credits, std::optional<Instant> pause_until = {}, std::string reason = {});
  void answer_all(const Outcome& outcome);
  void forget_all();  // as after a crash: nobody is left to be answered
  void set_script(Script script);
  void set_simulated() { simulated_ = true; }
  void answer_next_submits(std::vector<Submitted> answers);

  std::vector<OutgoingMessage> received() const;  // in the order they came
  std::size_t count() const;
  std::size_t held() const;
  std::size_t most_at_once() const;  // in its hands

 private:
  Provider settings_;
  bool simulated_ = false;
  mutable std::mutex mutex_;
  Script script_;
  ProviderListener* listener_ = nullptr;
  std::vector<OutgoingMessage> received_;
  std::vector<AttemptId> held_;
  std::deque<Submitted> next_answers_;
  std::size_t most_ = 0;
};

class PlainRenderer final : public MessageRenderer {
 public:
  Result<RenderedParts> render(const LeasedDelivery& delivery) override;
  std::function<Result<RenderedParts>(const LeasedDelivery&)> instead;
};

// What one accepted message is.
struct Job {
  OrganisationId organisation{};
  ServiceId service{};
  Priority priority = Priority::normal;
  std::string pool = "email";
  Instant due_at{};      // default: now
  Instant expires_at{};  // default: in 72 hours
  std::optional<BatchId> batch{};
  KeyKind kind = KeyKind::live;
  std::string reference{};
  Channel channel = Channel::email;  // or sms
};

class Hub : public ::testing::Test {
 public:
  Hub();
  ~Hub() override;

  OrganisationId add_organisation(const std::string& key, std::uint32_t weight = 1);
  ServiceId add_service(OrganisationId organisation, const std::string& key, std::uint32_t weight = 1);
  // Adds the provider to the directory and runs it. `settings` without an id gets one.
  std::shared_ptr<ScriptedPort> add_provider(Provider settings, ScriptedPort::Script script = {}, std::uint32_t credits = 100);
  void change(const DirectoryChange& change);
  void pause(PauseScope scope, std::string_view subject);
  void resume(PauseScope scope, std::string_view subject);

  NotificationId post(Job job = {});
  std::vector<NotificationId> post_many(std::size_t count, const Job& job);

  // A first or another run of the node, with a boot id of its own.
  void start(DispatchConfig config = {});
  // In the right order; returns how many outcomes were left.
  std::size_t stop(Millis limit = 5s);
  // As kill -9: nothing more is recorded, what was in hand stays open.
  void crash();
  // The clock goes on, and dispatch looks.
  void advance(Millis by);

  // True as soon as `condition` is; false when patience ends. Looks whenever something was committed, and every few milliseconds.
  bool eventually(const std::function<bool()>& condition);
  NotificationView view(NotificationId id);
  DeliveryView delivery(NotificationId id);
  bool reaches(NotificationId id, DeliveryResult result);
  bool reaches(NotificationId id, Phase phase);
  bool waits(NotificationId id);    // to be sent, now or later
  ProviderStatus first_provider();  // `not_running` until dispatch has seen it
  std::size_t closed_as(DeliveryResult result);
  bool quiet();  // the dispatcher has nothing it could do: it has looked since the last change

  ManualClock clock;
  std::unique_ptr<Store> memory;
  std::unique_ptr<FlakyStore> store;
  std::unique_ptr<Log> log = make_null_log();
  EventBell events;
  PlainRenderer renderer;
  OrganisationId town;
  ServiceId desk;
  std::unique_ptr<Dispatcher> dispatcher;

 private:
  std::vector<std::shared_ptr<ScriptedPort>> ports() const;
  mutable std::mutex ports_mutex_;
  std::vector<std::shared_ptr<ScriptedPort>> ports_;
  std::vector<std::uint32_t> credits_;
};

Provider provider(std::string key, OnDoubt on_doubt = OnDoubt::resend);

}  // namespace messo::testing
