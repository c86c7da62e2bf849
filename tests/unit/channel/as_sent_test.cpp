// Messages kept as they are sent, and what receipts teach, across the border: inside the daemon and from a process of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "channel/sdk/messo_channel.hpp"
#include "isolation_world.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class AsSent : public ::testing::TestWithParam<Isolation> {
 protected:
  AsSent() {
    std::string name = (std::filesystem::temp_directory_path() / "messo-as-sent-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~AsSent() override { std::filesystem::remove_all(folder); }

  std::shared_ptr<PluginProvider> running(const std::filesystem::path& plugins, const std::string& plugin,
                                          const json& config = json::object(), Channel channel = Channel::email) {
    Provider settings = test::provider_of(plugin, config.dump());
    settings.isolation = GetParam();
    settings.memory_mb = 0;
    settings.channel = channel;
    auto library = PluginLibrary::open(plugins, plugin);
    EXPECT_TRUE(library);
    auto started = PluginProvider::start(std::move(settings), *library, world.parts(), world.options());
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    return started ? *started : nullptr;
  }
  std::shared_ptr<PluginProvider> flaky(const json& rule) {
    return running(test::plugin_dir(), "flaky", {{"script", {rule}}, {"ledger", (folder / "ledger").string()}});
  }
  OutgoingMessage sent_to(PluginProvider& port, const std::string& to) {
    const auto batch = world.messages(1, to);
    EXPECT_TRUE(test::wait_until([&] { return port.submit(batch) == Submitted::taken; }));
    EXPECT_TRUE(test::wait_until([&] { return !world.listener.of(batch[0].attempt).empty(); })) << to;
    return batch[0];
  }
  std::string code_for(PluginProvider& port, const std::string& to) { return world.listener.of(sent_to(port, to).attempt).at(0).code; }
  bool arrived() const { return std::filesystem::exists(folder / "ledger"); }

  test::IsolationWorld world;
  std::filesystem::path folder;
};

TEST_P(AsSent, the_message_and_its_references_are_with_the_hub_before_it_leaves) {
  const auto port = flaky({{"outcome", "pending"}, {"as_sent", 200}});
  const auto message = sent_to(*port, "anna@pec.example.it");
  ASSERT_EQ(world.listener.kept().size(), 1U);
  const auto kept = world.listener.kept()[0];
  EXPECT_EQ(kept.attempt, message.attempt);
  EXPECT_EQ(kept.size, 200U);
  ASSERT_EQ(kept.references.size(), 1U);
  EXPECT_EQ(kept.references[0].value, message.attempt.to_string());
  const auto bytes = world.blobs.read(message.organisation, kept.bytes, 0, 1000);
  ASSERT_TRUE(bytes) << "it is a blob of its organisation";
  EXPECT_TRUE(bytes->starts_with("Message-ID: <" + message.delivery.to_string() + ">\r\n\r\nxxx"));
  EXPECT_TRUE(arrived());
}

TEST_P(AsSent, a_message_the_hub_cannot_keep_is_not_handed_over) {
  world.listener.lose_store();
  const auto port = flaky({{"outcome", "sent"}, {"as_sent", 200}});
  const auto message = sent_to(*port, "anna@pec.example.it");
  EXPECT_EQ(world.listener.of(message.attempt).at(0).kind, OutcomeKind::try_later);
  EXPECT_EQ(world.listener.of(message.attempt).at(0).code, "flaky.not_kept");
  EXPECT_FALSE(arrived());
  EXPECT_EQ(world.log.count("MSO-2518"), 1U);
}

TEST_P(AsSent, a_message_of_a_hundred_megabytes_passes_whole_and_one_over_the_bound_is_refused) {
  const std::size_t size = 100'000'000;
  {
    const auto port = flaky({{"outcome", "sent"}, {"as_sent", size}});
    const auto message = sent_to(*port, "anna@pec.example.it");
    ASSERT_EQ(world.listener.kept().size(), 1U);
    std::string whole = "Message-ID: <" + message.delivery.to_string() + ">\r\n\r\n";
    whole.resize(size, 'x');
    EXPECT_EQ(world.listener.kept()[0].bytes.digest, sha256(whole));
    EXPECT_EQ(port->figures().restarts, 0U);
  }
  const auto port = flaky({{"outcome", "sent"}, {"as_sent", kMaxAsSent + 1}});
  EXPECT_EQ(code_for(*port, "anna@pec.example.it"), "flaky.not_kept");
  EXPECT_EQ(world.listener.kept().size(), 1U);
}

TEST_P(AsSent, several_large_ones_at_once_do_not_mix) {
  const auto port = running(test::plugin_dir(), "flaky", {{"script", {{{"outcome", "sent"}, {"as_sent", 9'000'000}}}}});
  const auto batch = world.messages(4);
  ASSERT_TRUE(test::wait_until([&] { return port->submit(batch) == Submitted::taken; }));
  ASSERT_TRUE(world.listener.wait_outcomes(4));
  for (const auto& kept : world.listener.kept()) {
    const auto at = std::ranges::find(batch, kept.attempt, &OutgoingMessage::attempt);
    ASSERT_NE(at, batch.end());
    std::string whole = "Message-ID: <" + at->delivery.to_string() + ">\r\n\r\n";
    whole.resize(9'000'000, 'x');
    EXPECT_EQ(kept.bytes.digest, sha256(whole));
  }
  EXPECT_EQ(world.listener.kept().size(), 4U);
}

TEST_P(AsSent, whatever_a_plugin_gives_that_cannot_be_kept_is_refused_with_its_reason) {
  const auto port = running(test::zoo_dir(), "keeps_what_is_not_its_own", json::object(), Channel::pec);
  EXPECT_EQ(code_for(*port, "well"), "zoo.code0");
  EXPECT_EQ(world.listener.kept().size(), 1U);
  for (const char* how : {"foreign", "nobody"}) EXPECT_EQ(code_for(*port, how), "zoo.code" + std::to_string(MESSO_E_NOT_FOUND)) << how;
  for (const char* how : {"empty", "null", "too_large", "long_reference", "empty_reference", "no_references", "too_many"}) {
    EXPECT_EQ(code_for(*port, how), "zoo.code" + std::to_string(MESSO_E_INVALID)) << how;
  }
  code_for(*port, "anna@example.it");
  EXPECT_TRUE(test::wait_until([&] { return world.log.count("keep_afterwards" + std::to_string(MESSO_E_NOT_FOUND)) == 1; }));
  EXPECT_EQ(world.listener.kept().size(), 1U) << "and none of these was kept";
}

TEST_P(AsSent, a_channel_without_evidence_has_only_its_references_kept_before_the_message_leaves) {
  const auto port = flaky({{"outcome", "pending"}, {"expects", true}});
  const auto message = sent_to(*port, "anna@example.it");
  ASSERT_EQ(world.listener.expected().size(), 1U);
  EXPECT_EQ(world.listener.expected()[0].attempt, message.attempt);
  ASSERT_EQ(world.listener.expected()[0].references.size(), 1U);
  EXPECT_EQ(world.listener.expected()[0].references[0].value, message.attempt.to_string());
  EXPECT_TRUE(world.listener.kept().empty()) << "no bytes, no blob";
  EXPECT_TRUE(arrived());
  const auto zoo = running(test::zoo_dir(), "keeps_what_is_not_its_own");
  EXPECT_EQ(code_for(*zoo, "empty"), "zoo.code0");
  EXPECT_EQ(code_for(*zoo, "nothing"), "zoo.code" + std::to_string(MESSO_E_INVALID)) << "neither bytes nor references";
  EXPECT_EQ(world.listener.expected().size(), 2U);
}

TEST_P(AsSent, references_the_hub_cannot_keep_stop_the_message) {
  world.listener.lose_store();
  const auto port = flaky({{"outcome", "sent"}, {"expects", true}});
  EXPECT_EQ(code_for(*port, "anna@example.it"), "flaky.not_kept");
  EXPECT_FALSE(arrived());
}

TEST_P(AsSent, what_is_left_on_an_account_comes_across) {
  const auto port = running(test::plugin_dir(), "flaky",
                            {{"balance", {{"amount", "12.34"}, {"currency", "EUR"}, {"messages", 830}, {"text", "a \"quoted\"\tword"}}}});
  EXPECT_TRUE(port->tells_balance());
  const auto told = port->balance(2s);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(told->amount, "12.34");
  EXPECT_EQ(told->currency, "EUR");
  EXPECT_EQ(told->messages, 830U);
  EXPECT_EQ(told->text, "a \"quoted\" word");
  EXPECT_EQ(running(test::plugin_dir(), "flaky")->balance(2s).error().code, "no_balance");
  const auto odd = running(test::plugin_dir(), "flaky", {{"balance", {{"amount", "12,34 €"}}}})->balance(2s);
  EXPECT_EQ(odd.error().code, "bad_balance");
  const auto failing = running(test::plugin_dir(), "flaky", {{"balance", {{"problem", "the password is wrong"}}}})->balance(2s);
  EXPECT_EQ(failing.error().code, "balance_failed");
  EXPECT_EQ(failing.error().message, "the password is wrong");
}

TEST_P(AsSent, a_receipt_brings_its_scope_and_what_it_teaches) {
  const auto port = running(test::plugin_dir(), "flaky");
  const auto called = port->receipts()->call({"POST", "/x", "", "{}",
                                              R"([{"id":"1","do":"undelivered","ref":"a","scope":"destination","learns":"opec1.2@pec"},
                                                  {"id":"2","do":"delivered","unreferenced":true}])",
                                              "192.0.2.7", ""},
                                             10s);
  ASSERT_TRUE(called) << called.error().message;
  ASSERT_EQ(called->receipts.size(), 2U);
  EXPECT_EQ(called->receipts[0].scope, OutcomeScope::destination);
  ASSERT_EQ(called->receipts[0].learned.size(), 1U);
  EXPECT_EQ(called->receipts[0].learned[0].kind, "flaky_learned");
  EXPECT_EQ(called->receipts[0].learned[0].value, "opec1.2@pec");
  EXPECT_EQ(called->receipts[1].scope, OutcomeScope::message);
  EXPECT_TRUE(called->receipts[1].references.empty()) << "it is kept, though nothing matches it";
}

TEST_P(AsSent, an_item_that_fits_no_page_is_set_aside_instead_of_holding_the_mailbox_up) {
  const auto inbox = folder / "inbox";
  std::ofstream(inbox) << json{{"id", "1"}, {"do", "delivered"}, {"ref", "a"}, {"raw", std::string(50 << 20, 'x')}}.dump() << "\n"
                       << json{{"id", "2"}, {"do", "delivered"}, {"ref", "b"}, {"raw", std::string(28 << 20, 'y')}}.dump() << "\n";
  const auto port =
      running(test::plugin_dir(), "flaky", {{"mailboxes", {{{"name", "INBOX"}, {"file", inbox.string()}, {"every_ms", 500}}}}});
  std::vector<PolledItem> items;
  for (std::size_t limit : {1U, 2U}) {
    const auto page = port->receipts()->poll({"INBOX", limit == 1 ? "" : "1", {}, limit}, 60s);
    ASSERT_TRUE(page) << page.error().message;
    items.insert(items.end(), page->items.begin(), page->items.end());
  }
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].id, "1");
  EXPECT_EQ(items[0].code, "item_too_large");
  EXPECT_EQ(items[1].code, "");
  EXPECT_EQ(items[1].receipts.at(0).raw_bytes.size(), std::size_t{28} << 20);
}

INSTANTIATE_TEST_SUITE_P(Plugin, AsSent, ::testing::Values(Isolation::none, Isolation::process),
                         [](const auto& each) { return each.param == Isolation::none ? "inside" : "in_a_process"; });

TEST(AsSentWrapper, a_hub_of_before_keeps_nothing_and_is_told_apart) {
  messo_host older{};
  older.struct_size = offsetof(messo_host, keep_as_sent);
  older.keep_as_sent = [](void*, const messo_id*, messo_str, const messo_reference* const*, size_t) -> std::int32_t {
    ADD_FAILURE() << "this member is not the older hub's";
    return MESSO_OK;
  };
  EXPECT_FALSE(plugin::Host(&older).keep_as_sent({}, "bytes", {}));
}

TEST(AsSentBorder, a_receipt_of_a_plugin_of_before_speaks_of_its_message_and_teaches_nothing) {
  const messo_reference reference{sizeof reference, 0, {"id", 2}, {"1", 1}};
  const messo_reference* const list[] = {&reference};
  messo_receipt raw{};
  raw.struct_size = offsetof(messo_receipt, scope);
  raw.kind = MESSO_RECEIPT_UNDELIVERED;
  raw.dedupe_key = {"k", 1};
  raw.references = raw.learned = list;
  raw.reference_count = raw.learned_count = 1;
  raw.scope = MESSO_SCOPE_DESTINATION;
  const auto read = read_receipt(raw);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->scope, OutcomeScope::message);
  EXPECT_TRUE(read->learned.empty());
  raw.struct_size = sizeof raw;
  EXPECT_EQ(read_receipt(raw)->learned.size(), 1U);
  raw.learned_count = 1000;  // longer than any list of ids: cut, and what follows is not read
  static const std::vector<const messo_reference*> kMany(1000, &reference);
  raw.learned = kMany.data();
  EXPECT_EQ(read_receipt(raw)->learned.size(), kMaxLearned);
  raw.scope = 77;
  EXPECT_EQ(read_receipt(raw)->scope, OutcomeScope::message) << "the most careful value";
}

}  // namespace
}  // namespace messo
