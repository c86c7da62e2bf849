// receipts.poll/1 and receipts.callback/1 through the real border, with the scripted plugin inside the daemon and in a process of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "isolation_world.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReceiptCallsTest : public ::testing::TestWithParam<Isolation> {
 protected:
  ReceiptCallsTest() {
    std::string name = (std::filesystem::temp_directory_path() / "messo-receipts-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    begin();
  }
  ~ReceiptCallsTest() override {
    port.reset();
    std::filesystem::remove_all(folder);
  }
  void begin(json more = json::object()) {
    json config{{"mailboxes", {{{"name", "INBOX"}, {"file", inbox()}, {"every_ms", 500}}, {{"name", "Altre"}, {"file", inbox() + "2"}}}}};
    config.update(more);
    Provider settings = test::provider_of("flaky", config.dump());
    settings.isolation = GetParam();
    settings.memory_mb = 0;
    auto started = PluginProvider::start(std::move(settings), *catalog.get("flaky"), world.parts(), world.options());
    ASSERT_TRUE(started) << started.error().message;
    port = *started;
    receipts = port->receipts();
    ASSERT_NE(receipts, nullptr);
  }
  std::string inbox() const { return (folder / "inbox").string(); }
  void arrives(const json& item) { std::ofstream(inbox(), std::ios::app) << item.dump() << "\n"; }
  Result<PolledPage> poll(std::string cursor = {}, std::vector<std::string> again = {}, std::size_t limit = 100, Millis time = 10s) {
    return receipts->poll({"INBOX", std::move(cursor), std::move(again), limit}, time);
  }
  Result<ReceiptCallAnswer> call(const json& body, json headers = json::object(), Millis time = 10s) {
    return receipts->call({"POST", "/v1/callbacks/x", "", headers.dump(), body.dump(), "192.0.2.7", ""}, time);
  }
  std::vector<std::string> acked() const {
    std::vector<std::string> out;
    std::ifstream in(inbox() + ".acked");
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }

  std::filesystem::path folder;
  test::IsolationWorld world;
  PluginCatalog catalog{test::plugin_dir()};
  std::shared_ptr<PluginProvider> port;
  ReceiptPortPtr receipts;
};

TEST_P(ReceiptCallsTest, the_plugin_names_its_mailboxes) {
  EXPECT_TRUE(receipts->polls());
  EXPECT_TRUE(receipts->takes_calls());
  const auto boxes = receipts->mailboxes(10s);
  ASSERT_TRUE(boxes);
  ASSERT_EQ(boxes->size(), 2U);
  EXPECT_EQ((*boxes)[0].name, "INBOX");
  EXPECT_EQ((*boxes)[0].every, 500ms);
  EXPECT_EQ((*boxes)[1].every, 0ms);
}

TEST_P(ReceiptCallsTest, a_plugin_without_the_extensions_has_no_receipts_to_fetch) {
  const auto plain =
      PluginProvider::start(test::provider_of("template", json{{"path", inbox()}}.dump()), *catalog.get("template"), world.parts());
  ASSERT_TRUE(plain);
  EXPECT_EQ((*plain)->receipts(), nullptr);
}

TEST_P(ReceiptCallsTest, items_come_with_their_receipts_page_by_page) {
  arrives({{"id", "1"}, {"do", "delivered"}, {"ref", "a"}, {"raw", "byte\r\nfor byte"}});
  arrives({{"id", "2"}, {"do", "nothing"}});
  arrives({{"id", "3"}, {"do", "milestone"}, {"milestone", "read"}, {"ref", "b"}, {"verification", "untrusted"}});
  const auto first = poll("", {}, 2);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->cursor, "2");
  EXPECT_TRUE(first->more);
  ASSERT_EQ(first->items.size(), 2U);
  ASSERT_EQ(first->items[0].receipts.size(), 1U);
  const Receipt& receipt = first->items[0].receipts[0];
  EXPECT_EQ(receipt.kind, ReceiptKind::delivered);
  EXPECT_EQ(receipt.dedupe_key, "1/delivered");
  EXPECT_EQ(receipt.raw_bytes, "byte\r\nfor byte");
  EXPECT_EQ(receipt.references.at(0).value, "a");
  EXPECT_TRUE(first->items[1].receipts.empty());
  EXPECT_FALSE(first->items[1].failed());
  const auto second = poll(first->cursor, {}, 2);
  ASSERT_TRUE(second);
  EXPECT_FALSE(second->more);
  EXPECT_EQ(second->cursor, "3");
  EXPECT_EQ(second->items.at(0).receipts.at(0).milestone, Milestone::read);
  EXPECT_EQ(second->items.at(0).receipts.at(0).verification, Verification::untrusted);
}

TEST_P(ReceiptCallsTest, an_item_that_cannot_be_read_fails_alone_and_can_be_had_again) {
  arrives({{"id", "1"}, {"do", "corrupt"}});
  arrives({{"id", "2"}, {"do", "delivered"}, {"ref", "a"}});
  arrives({{"id", "3"}, {"do", "invalid"}, {"ref", "a"}});
  const auto page = poll();
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 3U);
  EXPECT_EQ(page->items[0].code, "flaky.corrupt");
  EXPECT_EQ(page->items[0].problem, "the item is corrupt");
  EXPECT_THAT(page->items[0].raw, HasSubstr("corrupt"));
  EXPECT_FALSE(page->items[1].failed());
  EXPECT_EQ(page->items[2].code, "bad_receipt");
  EXPECT_TRUE(page->items[2].receipts.empty());
  const auto again = poll(page->cursor, {"1", "gone"});
  ASSERT_TRUE(again);
  ASSERT_EQ(again->items.size(), 1U);
  EXPECT_EQ(again->items[0].id, "1");
  EXPECT_EQ(again->cursor, page->cursor);
}

TEST_P(ReceiptCallsTest, a_poll_that_throws_counts_for_nothing_and_says_why) {
  arrives({{"id", "1"}, {"do", "delivered"}, {"ref", "a"}});
  arrives({{"id", "2"}, {"do", "throw"}});
  const auto failed = poll();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "poll_failed");
  EXPECT_EQ(failed.error().message, "the script says so");
}

TEST_P(ReceiptCallsTest, a_poll_that_hangs_is_left_behind_and_disturbs_nobody) {
  arrives({{"id", "1"}, {"do", "hang"}});
  EXPECT_EQ(poll("", {}, 100, 50ms).error().code, "plugin_hangs");
  EXPECT_EQ(poll("", {}, 100, 50ms).error().code, "plugin_hangs") << "one poll of a mailbox at a time";
  EXPECT_TRUE(receipts->poll({"Altre", "", {}, 100}, 10s)) << "other mailboxes go on";
  EXPECT_TRUE(call({{"id", "9"}, {"do", "delivered"}, {"ref", "a"}}));
  const auto one = test::message_to("anna@example.it", world.clock.now());
  EXPECT_TRUE(test::wait_until([&] { return port->submit({&one, 1}) == Submitted::taken; })) << "and so does sending";
  EXPECT_TRUE(world.listener.wait_outcomes(1));
  port->stop(1s);
  EXPECT_EQ(world.log.count("MSO-2516"), 0U) << "stop() ends what hangs";
}

TEST_P(ReceiptCallsTest, what_is_durable_is_acknowledged) {
  const std::vector<std::string> ids{"1", "2"};
  ASSERT_TRUE(receipts->ack("INBOX", ids, 10s));
  EXPECT_THAT(acked(), ElementsAre("1", "2"));
  EXPECT_EQ(receipts->ack("no such", ids, 10s).error().code, "ack_failed");
}

TEST_P(ReceiptCallsTest, a_call_is_checked_by_the_plugin_and_answered_with_its_receipts) {
  port.reset();
  json with_secret{{"password", "segreta"}};
  begin(with_secret);
  const json item{{"id", "9"}, {"do", "undelivered"}, {"ref", "a"}};
  const auto stranger = call(item);
  ASSERT_TRUE(stranger);
  EXPECT_EQ(stranger->status, 403);
  EXPECT_TRUE(stranger->receipts.empty());
  const auto known = call(item, {{"x-flaky-password", "segreta"}});
  ASSERT_TRUE(known);
  EXPECT_EQ(known->status, 200);
  EXPECT_EQ(known->body, "taken: 1\n");
  ASSERT_EQ(known->receipts.size(), 1U);
  EXPECT_EQ(known->receipts[0].kind, ReceiptKind::undelivered);
}

TEST_P(ReceiptCallsTest, a_call_that_throws_or_gives_no_proper_receipt_fails) {
  EXPECT_EQ(call({{"id", "9"}, {"do", "throw"}}).error().code, "call_failed");
  EXPECT_EQ(call({{"id", "9"}, {"do", "invalid"}, {"ref", "a"}}).error().code, "bad_receipt");
  EXPECT_EQ(call({{"id", "9"}, {"do", "delivered"}}).error().code, "bad_receipt") << "no reference";
}

TEST_P(ReceiptCallsTest, a_call_that_hangs_is_left_behind_and_later_ones_wait_in_vain) {
  EXPECT_EQ(call({{"id", "9"}, {"do", "hang"}}, {}, 50ms).error().code, "plugin_hangs");
  EXPECT_EQ(call({{"id", "9"}, {"do", "nothing"}}, {}, 50ms).error().code, "plugin_hangs");
  EXPECT_TRUE(poll());
}

TEST_P(ReceiptCallsTest, a_stopped_provider_refuses_calls_at_once) {
  port->stop(1s);
  EXPECT_EQ(poll().error().code, "provider_stopped");
  EXPECT_EQ(call({{"id", "9"}, {"do", "nothing"}}).error().code, "provider_stopped");
  port.reset();
  EXPECT_EQ(receipts->ack("INBOX", std::vector<std::string>{"1"}, 1s).error().code, "provider_stopped") << "though the provider is gone";
}

// Longer than any bound of the border, and bytes that are no text: read as in process, or refused, and the plugin goes on.
TEST_P(ReceiptCallsTest, what_is_too_long_or_no_text_is_bounded) {
  arrives({{"id", std::string(513, 'i')}, {"do", "delivered"}, {"ref", "a"}});
  EXPECT_EQ(poll().error().code, "poll_failed") << "an item without a usable id cannot be set aside";
  std::filesystem::remove(inbox());
  arrives({{"id", "1"}, {"do", "delivered"}, {"ref", std::string(999, 'r')}});
  arrives({{"id", "2"}, {"do", "delivered"}, {"ref", "a"}, {"key", std::string(1025, 'k')}});
  arrives({{"id", "3"}, {"do", "delivered"}, {"ref", "a"}, {"raw", std::string(2'000'000, 'x')}});
  const auto page = poll();
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->items.size(), 3U);
  EXPECT_EQ(page->items[0].code, "bad_receipt") << "a reference cut short would match the wrong message";
  EXPECT_EQ(page->items[1].code, "bad_receipt");
  EXPECT_EQ(page->items[2].receipts.at(0).raw_bytes.size(), 2'000'000U);
  const auto garbage = receipts->call({"POST", "/x", "", "{}", std::string("\xff\x00{{", 4), "192.0.2.7", ""}, 10s);
  ASSERT_FALSE(garbage);
  EXPECT_EQ(garbage.error().code, "call_failed");
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(receipts->call({"POST", "/x", "", "{}", deep, "192.0.2.7", ""}, 10s).error().code, "call_failed");
  EXPECT_TRUE(call({{"id", "9"}, {"do", "nothing"}})) << "and the next one is taken";
  if (GetParam() == Isolation::process) {
    EXPECT_EQ(port->figures().restarts, 0U);
  }
}

INSTANTIATE_TEST_SUITE_P(Plugin, ReceiptCallsTest, ::testing::Values(Isolation::none, Isolation::process),
                         [](const auto& each) { return each.param == Isolation::none ? "inside" : "in_a_process"; });

}  // namespace
}  // namespace messo
