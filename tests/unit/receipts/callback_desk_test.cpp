#include "receipts/callback_desk.hpp"

#include <gmock/gmock.h>

#include "receipt_doubles.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;

class CallbackDeskTest : public ::testing::Test {
 protected:
  using World = test::FakeReceipts::World;
  CallbackDeskTest() {
    DirectoryChange change;
    change.providers = {port->settings(), other};
    change.audit = {"test"};
    EXPECT_TRUE(store->directory().apply(change, 0, clock.now()));
    port->port->world.with([](World& w) { w.answer = {200, "text/plain", "ok", {test::some_receipt("r1")}}; });
  }
  CallbackDesk make(CallbackLimits limits = {}) {
    return {limits, store->directory(), desk, [this] { return ports; }, clock, *log};
  }
  std::string token() const { return std::string(port->settings().callback_token.reveal()); }
  static ReceiptCall call_from(std::string address, std::string body = "{}") {
    ReceiptCall call;
    call.method = "POST";
    call.body = std::move(body);
    call.client_address = std::move(address);
    return call;
  }
  static std::string code_of(const Result<ReceiptCallAnswer>& result) { return result ? "(fine)" : result.error().code; }
  std::size_t calls() {
    return port->port->world.with([](World& w) { return w.calls; });
  }

  ManualClock clock;
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<Store> store = make_memory_store(clock);
  ReceiptDesk desk{*store, clock, *log, ReceiptDesk::only_valid(), {}};
  std::shared_ptr<test::FakePort> port = std::make_shared<test::FakePort>(test::pec_provider());
  Provider other = test::pec_provider("ferma");
  std::vector<ProviderPortPtr> ports{port};
};

TEST_F(CallbackDeskTest, the_plugins_answer_goes_out_once_its_receipts_are_stored) {
  auto calls_desk = make();
  const auto answer = calls_desk.take(token(), call_from("192.0.2.1"));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(store->receipts().list({})->size(), 1U);
  EXPECT_EQ(calls_desk.counters().at(port->settings().id).answered, 1U);
}

TEST_F(CallbackDeskTest, an_unknown_or_retired_address_is_no_address) {
  auto calls_desk = make();
  EXPECT_EQ(code_of(calls_desk.take("nonsense", call_from("192.0.2.1"))), "no_such_path");
  EXPECT_EQ(code_of(calls_desk.take("", call_from("192.0.2.1"))), "no_such_path");
  EXPECT_FALSE(calls_desk.admits("nonsense", 1));
  EXPECT_TRUE(calls_desk.admits(token(), 1));
  DirectoryChange change;
  change.providers = {port->settings()};
  change.providers[0].retired = true;
  ASSERT_TRUE(store->directory().apply(change, 1, clock.now()));
  EXPECT_EQ(code_of(calls_desk.take(token(), call_from("192.0.2.1"))), "no_such_path");
  EXPECT_EQ(calls(), 0U);
}

TEST_F(CallbackDeskTest, what_is_too_large_never_reaches_the_plugin) {
  auto calls_desk = make({.max_body = 10});
  EXPECT_EQ(calls_desk.admits(token(), 11).error().kind, ErrorKind::too_large);
  EXPECT_EQ(code_of(calls_desk.take(token(), call_from("192.0.2.1", std::string(11, 'x')))), "too_large");
  EXPECT_EQ(calls(), 0U);
}

TEST_F(CallbackDeskTest, calls_are_bounded_per_client_and_per_provider) {
  auto calls_desk = make({.per_provider = 5, .per_address = 2});
  const auto from = [&](const char* address) { return code_of(calls_desk.take(token(), call_from(address))); };
  EXPECT_EQ(from("192.0.2.1"), "(fine)");
  EXPECT_EQ(from("192.0.2.1"), "(fine)");
  EXPECT_EQ(from("192.0.2.1"), "too_many_calls");
  EXPECT_EQ(from("2001:db8:1:2::1"), "(fine)");
  EXPECT_EQ(from("2001:db8:1:2::9"), "(fine)") << "of one network";
  EXPECT_EQ(from("2001:db8:1:2:3:4:5:6"), "too_many_calls");
  EXPECT_EQ(from("127.0.0.1"), "(fine)");
  EXPECT_EQ(from("127.0.0.1"), "too_many_calls") << "the provider's own five are used up";
  EXPECT_EQ(calls(), 5U);
  clock.advance(1s);
  EXPECT_EQ(from("192.0.2.1"), "(fine)");
  EXPECT_EQ(calls_desk.counters().at(port->settings().id).too_many, 3U);
}

TEST_F(CallbackDeskTest, a_provider_that_does_not_run_or_hangs_is_to_call_again) {
  auto calls_desk = make();
  const auto stopped = calls_desk.take(std::string(other.callback_token.reveal()), call_from("192.0.2.1"));
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(stopped.error().retry_after);
  port->port->world.with([](World& w) { w.call_error = Error{ErrorKind::unavailable, "plugin_hangs", "it hangs", {}, {}, {}}; });
  EXPECT_EQ(calls_desk.take(token(), call_from("192.0.2.1")).error().kind, ErrorKind::unavailable);
  EXPECT_EQ(calls_desk.counters().at(port->settings().id).unavailable, 1U);
}

TEST_F(CallbackDeskTest, a_plugin_that_fails_tells_the_provider_nothing_of_why) {
  auto calls_desk = make();
  port->port->world.with([](World& w) { w.call_error = Error{ErrorKind::unavailable, "call_failed", "a secret detail", {}, {}, {}}; });
  const auto failed = calls_desk.take(token(), call_from("192.0.2.1"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::internal);
  EXPECT_EQ(failed.error().message.find("secret"), std::string::npos);
  EXPECT_TRUE(store->receipts().list({})->empty());
}

TEST_F(CallbackDeskTest, a_wrong_signature_is_the_plugins_to_refuse) {
  auto calls_desk = make();
  port->port->world.with([](World& w) { w.answer = {403, "text/plain", "wrong signature", {}}; });
  EXPECT_EQ(calls_desk.take(token(), call_from("192.0.2.1"))->status, 403);
  EXPECT_EQ(calls_desk.counters().at(port->settings().id).refused, 1U);
}

TEST_F(CallbackDeskTest, a_new_address_counts_from_the_next_call_on) {
  auto calls_desk = make();
  EXPECT_EQ(code_of(calls_desk.take(token(), call_from("192.0.2.1"))), "(fine)");
  Provider changed = port->settings();
  changed.callback_token = make_callback_token();
  DirectoryChange change;
  change.providers = {changed};
  ASSERT_TRUE(store->directory().apply(change, 1, clock.now()));
  EXPECT_EQ(code_of(calls_desk.take(token(), call_from("192.0.2.1"))), "no_such_path");
  EXPECT_EQ(code_of(calls_desk.take(std::string(changed.callback_token.reveal()), call_from("192.0.2.1"))), "(fine)");
}

}  // namespace
}  // namespace messo
