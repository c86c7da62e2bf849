// The poller over a memory store: what it takes, when it acknowledges, whom it holds up.
#include "receipts/receipt_poller.hpp"

#include <gmock/gmock.h>

#include "receipt_doubles.hpp"

namespace messo {
namespace {

using test::broken_item;
using test::item_with;
using test::wait_until;
using ::testing::Contains;
using ::testing::ElementsAre;
using namespace std::chrono_literals;
using State = MailboxStatus::State;

class ReceiptPollerTest : public ::testing::Test {
 protected:
  using World = test::FakeReceipts::World;
  ReceiptPollerTest() {
    port->port->world.with([](World& w) { w.boxes["INBOX"] = {}; });
  }
  void begin(std::vector<ProviderPortPtr> ports = {}) {
    if (ports.empty()) ports = {port};
    ports_.with([&](auto& now) { now = std::move(ports); });
    PollerOptions options;
    options.worker = worker;
    options.every = 10ms;
    options.shortest = 1ms;
    options.first_back_off = 5ms;
    options.longest_back_off = 20ms;
    options.items = 3;
    options.originals_every = 5ms;
    poller = std::make_unique<ReceiptPoller>(
        options, *store, desk, [this] { return ports_.copy(); }, clock, *log);
    poller->start();
  }
  template <class F>
  auto world(F&& use) {
    return port->port->world.with(std::forward<F>(use));
  }
  std::vector<std::string> acked() {
    return world([](World& w) { return w.acked["INBOX"]; });
  }
  std::size_t stored() { return store->receipts().list({}).value().size(); }
  std::vector<QuarantinedItem> quarantine() { return store->mailboxes().quarantine({}, 10).value(); }
  MailboxStatus status() {
    const auto all = poller->status();
    return all.empty() ? MailboxStatus{} : all.front();
  }

  SystemClock clock;
  std::unique_ptr<Log> log = make_null_log();
  std::unique_ptr<Store> store = make_memory_store(clock);
  std::function<void()> while_storing = [] {};  // by the mailbox's thread, before a page is done with
  ReceiptDesk desk{*store, clock, *log, ReceiptDesk::only_valid(), {.events_changed = [this] { while_storing(); }}};
  Worker worker{"node", BootId::make(clock.now())};
  std::shared_ptr<test::FakePort> port = std::make_shared<test::FakePort>(test::pec_provider());
  Guarded<std::vector<ProviderPortPtr>> ports_;
  std::unique_ptr<ReceiptPoller> poller;
};

TEST_F(ReceiptPollerTest, takes_all_of_a_mailbox_once_and_acknowledges_it) {
  world([](World& w) {
    for (const char* id : {"a", "b", "c", "d", "e", "f", "g"}) w.boxes["INBOX"].push_back(item_with(id));
  });
  begin();
  ASSERT_TRUE(wait_until([&] { return acked().size() == 7; }));
  EXPECT_EQ(stored(), 7U);
  const auto polls = world([](World& w) { return w.polls; });
  ASSERT_TRUE(wait_until([&] { return world([](World& w) { return w.polls; }) > polls + 2; })) << "it goes on looking";
  EXPECT_EQ(acked().size(), 7U);
  EXPECT_EQ(stored(), 7U);
  EXPECT_EQ(store->mailboxes().position(port->settings().id, "INBOX", 10)->cursor, "7");
  EXPECT_EQ(status().items, 7U);
  EXPECT_TRUE(status().last_success);
}

TEST_F(ReceiptPollerTest, the_next_page_is_fetched_while_this_one_is_being_stored) {
  world([](World& w) {
    for (const char* id : {"a", "b", "c", "d", "e"}) w.boxes["INBOX"].push_back(item_with(id));
  });
  Guarded<std::vector<bool>> fetched_meanwhile;
  while_storing = [&] {
    const bool other_page = wait_until([&] { return world([](World& w) { return w.polls; }) > 1; });
    fetched_meanwhile.with([&](auto& all) { all.push_back(other_page); });
  };
  begin();
  ASSERT_TRUE(wait_until([&] { return acked().size() == 5; }));
  EXPECT_THAT(acked(), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_TRUE(fetched_meanwhile.copy().front());
}

TEST_F(ReceiptPollerTest, what_was_fetched_ahead_does_not_count_where_the_page_before_has_trouble) {
  world([](World& w) { w.boxes["INBOX"] = {item_with("a"), broken_item("b"), item_with("c"), item_with("d"), item_with("e")}; });
  begin();
  ASSERT_TRUE(wait_until([&] { return quarantine().size() == 1 && acked().size() == 4; }));
  EXPECT_THAT(acked(), ElementsAre("a", "c", "d", "e"));
  EXPECT_EQ(stored(), 4U);
}

TEST_F(ReceiptPollerTest, a_mailbox_that_waits_by_itself_is_polled_again_as_soon_as_that_is_known) {
  world([](World& w) { w.every = 1h; });
  begin();
  ASSERT_TRUE(wait_until([&] { return status().last_success.has_value(); }));
  EXPECT_EQ(world([](World& w) { return w.polls; }), 1U);
  world([](World& w) { w.every = 1ms; });
  EXPECT_TRUE(wait_until([&] { return world([](World& w) { return w.polls; }) > 2; }));
}

TEST_F(ReceiptPollerTest, goes_on_from_what_is_durable_after_a_crash_between_commit_and_acknowledgement) {
  // What an earlier run left: committed, not acknowledged.
  const PollState left{"INBOX", "2", {"a", "b"}};
  const std::vector receipts{test::some_receipt("a"), test::some_receipt("b")};
  ASSERT_TRUE(store->receipts().record(port->settings().id, receipts, &left, {}, clock.now()));
  world([](World& w) { w.boxes["INBOX"] = {item_with("a"), item_with("b"), item_with("c")}; });
  begin();
  ASSERT_TRUE(wait_until([&] { return acked().size() == 3; }));
  EXPECT_THAT(acked(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(stored(), 3U);
}

TEST_F(ReceiptPollerTest, a_broken_item_is_tried_three_times_and_set_aside_while_others_pass) {
  world([](World& w) { w.boxes["INBOX"] = {item_with("a"), broken_item("b"), item_with("c")}; });
  begin();
  ASSERT_TRUE(wait_until([&] { return quarantine().size() == 1; }));
  EXPECT_THAT(acked(), ElementsAre("a", "c"));
  const auto item = quarantine()[0];
  EXPECT_EQ(item.tries, 3U);
  EXPECT_EQ(item.problem, "the envelope is damaged");
  EXPECT_EQ(store->blobs().read(OrganisationId{port->settings().id.value}, *item.raw, 0, 100), "bytes of b");
  EXPECT_EQ(status().troubled, 3U);
  // Repaired and asked for again, it passes.
  world([](World& w) { w.boxes["INBOX"][1] = item_with("b"); });
  ASSERT_TRUE(store->mailboxes().retry(item.id));
  poller->look(port->settings().id, "INBOX");
  ASSERT_TRUE(wait_until([&] { return acked().size() == 3; }));
  EXPECT_TRUE(quarantine().empty());
}

TEST_F(ReceiptPollerTest, an_item_that_disappears_while_in_trouble_ends_in_quarantine_too) {
  world([](World& w) { w.boxes["INBOX"] = {broken_item("b")}; });
  begin();
  ASSERT_TRUE(wait_until([&] { return !store->mailboxes().position(port->settings().id, "INBOX", 10)->again.empty(); }));
  world([](World& w) { w.boxes["INBOX"][0].id = "another"; });
  ASSERT_TRUE(wait_until([&] { return !quarantine().empty(); }));
  EXPECT_THAT(quarantine()[0].item, "b");
}

TEST_F(ReceiptPollerTest, failures_are_shown_and_end) {
  world([](World& w) {
    w.boxes["INBOX"] = {item_with("a")};
    w.poll_error = Error{ErrorKind::unavailable, "poll_failed", "535 wrong password", {}, {}, {}};
  });
  begin();
  ASSERT_TRUE(wait_until([&] { return status().failures >= 3; }));
  EXPECT_EQ(status().state, State::failing);
  EXPECT_EQ(status().problem, "535 wrong password");
  world([](World& w) { w.poll_error.reset(); });
  ASSERT_TRUE(wait_until([&] { return acked().size() == 1; }));
  ASSERT_TRUE(wait_until([&] { return status().failures == 0; }));
}

TEST_F(ReceiptPollerTest, a_hanging_plugin_is_reported_as_such) {
  world([](World& w) { w.poll_error = Error{ErrorKind::unavailable, "plugin_hangs", "the plugin does not return", {}, {}, {}}; });
  begin();
  EXPECT_TRUE(wait_until([&] { return status().state == State::hanging; }));
}

TEST_F(ReceiptPollerTest, what_cannot_be_acknowledged_is_durable_and_acknowledged_later) {
  world([](World& w) {
    w.boxes["INBOX"] = {item_with("a")};
    w.ack_error = Error{ErrorKind::unavailable, "ack_failed", "read-only", {}, {}, {}};
  });
  begin();
  ASSERT_TRUE(wait_until([&] { return status().failures > 0; }));
  EXPECT_EQ(stored(), 1U);
  world([](World& w) { w.ack_error.reset(); });
  EXPECT_TRUE(wait_until([&] { return acked().size() == 1; }));
  EXPECT_EQ(stored(), 1U);
}

TEST_F(ReceiptPollerTest, a_page_too_large_is_asked_for_in_smaller_ones) {
  world([](World& w) { w.poll_error = Error{ErrorKind::unavailable, "page_too_large", "too much", {}, {}, {}}; });
  begin();
  ASSERT_TRUE(wait_until([&] { return world([](World& w) { return w.polls; }) >= 2; }));
  world([](World& w) {
    w.poll_error.reset();
    w.boxes["INBOX"] = {item_with("a"), item_with("b")};
  });
  EXPECT_TRUE(wait_until([&] { return acked().size() == 2; }));
}

TEST_F(ReceiptPollerTest, a_mailbox_of_another_node_is_left_to_it) {
  const Worker other{"other", BootId::make(clock.now())};
  world([](World& w) { w.boxes["INBOX"] = {item_with("a")}; });
  ASSERT_TRUE(*store->mailboxes().lease(other, port->settings().id, "INBOX", 1h, clock.now()));
  begin();
  ASSERT_TRUE(wait_until([&] { return status().state == State::elsewhere; }));
  EXPECT_EQ(world([](World& w) { return w.polls; }), 0U);
  ASSERT_TRUE(store->mailboxes().release(other, port->settings().id, "INBOX"));
  EXPECT_TRUE(wait_until([&] { return acked().size() == 1; }));
}

TEST_F(ReceiptPollerTest, mailboxes_come_and_go_with_their_providers) {
  begin();
  ASSERT_TRUE(wait_until([&] { return poller->status().size() == 1; }));
  const auto second = std::make_shared<test::FakePort>(test::pec_provider("pec-2"));
  second->port->world.with([](World& w) { w.boxes["A"] = w.boxes["B"] = {}; });
  ports_.with([&](auto& now) { now = {second}; });
  poller->ring();
  ASSERT_TRUE(wait_until([&] { return poller->status().size() == 2 && poller->status()[0].provider_key == "pec-2"; }));
  const Worker other{"other", BootId::make(clock.now())};
  EXPECT_TRUE(wait_until([&] { return *store->mailboxes().lease(other, port->settings().id, "INBOX", 1h, clock.now()); }))
      << "what is no longer polled is given back";
}

TEST_F(ReceiptPollerTest, a_provider_that_cannot_say_its_mailboxes_is_shown) {
  world([](World& w) { w.listed = false; });
  begin();
  ASSERT_TRUE(wait_until([&] { return status().state == State::failing; }));
  EXPECT_EQ(status().problem, "the account is closed");
  EXPECT_EQ(status().mailbox, "");
}

}  // namespace
}  // namespace messo
