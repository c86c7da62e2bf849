// Real plugins behind the port: what passes the border in both directions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "channel_doubles.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;

class PluginProviderTest : public ::testing::Test {
 protected:
  PluginProviderTest() {
    std::string name = (std::filesystem::temp_directory_path() / "messo-provider-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~PluginProviderTest() override { std::filesystem::remove_all(folder); }

  Result<std::shared_ptr<PluginProvider>> start(const std::string& plugin, const json& config) {
    return PluginProvider::start(test::provider_of(plugin, config.dump()), *catalog.get(plugin), world.parts());
  }
  std::shared_ptr<PluginProvider> flaky(const json& config) {
    auto started = start("flaky", config);
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
    return *started;
  }
  OutgoingMessage message(std::string to = "anna@example.it") { return test::message_to(std::move(to), world.clock.now()); }
  std::vector<json> lines() const {
    std::vector<json> out;
    std::ifstream in(folder / "out");
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
    return out;
  }

  std::filesystem::path folder;
  test::Surroundings world;
  PluginCatalog catalog{test::plugin_dir()};
};

TEST_F(PluginProviderTest, a_message_reaches_the_plugin_whole_and_its_attachment_can_be_read) {
  const auto port = *start("template", {{"path", folder / "out"}});
  EXPECT_TRUE(port->simulated());
  auto one = message("https://example.it/hook");
  one.parts = {{"text", "text/plain", "perché no"}};
  const std::string bytes(150'000, 'b');
  one.attachments = {{"avviso.pdf", "application/pdf", bytes.size(), *world.blobs.put(one.organisation, bytes)}};
  EXPECT_EQ(port->submit({&one, 1}), Submitted::taken);
  ASSERT_TRUE(world.listener.wait_outcomes(1));
  EXPECT_EQ(world.listener.outcomes()[0].outcome.kind, OutcomeKind::sent);
  EXPECT_EQ(world.listener.outcomes()[0].outcome.code, "template.written");
  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0], (json{{"id", one.delivery.to_string()},
                              {"to", "https://example.it/hook"},
                              {"text", "perché no"},
                              {"attachments", {{{"name", "avviso.pdf"}, {"size", bytes.size()}}}}}));
}

TEST_F(PluginProviderTest, an_attachment_that_is_not_there_means_try_later) {
  const auto port = *start("template", {{"path", folder / "out"}});
  auto one = message();
  one.attachments = {{"gone.pdf", "application/pdf", 10, BlobId{sha256("gone")}}};
  EXPECT_EQ(port->submit({&one, 1}), Submitted::taken);
  ASSERT_TRUE(world.listener.wait_outcomes(1));
  EXPECT_EQ(world.listener.outcomes()[0].outcome.kind, OutcomeKind::try_later);
  EXPECT_EQ(world.log.count("MSO-2510"), 1U);
}

TEST_F(PluginProviderTest, a_bad_configuration_is_refused_with_the_plugins_own_sentence) {
  const auto wrong = start("template", {{"path", "relative/out"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "provider_refused");
  EXPECT_THAT(wrong.error().message, HasSubstr("path: must be absolute"));
  EXPECT_EQ(start("template", {{"path", 7}}).error().code, "bad_provider_config");
}

TEST_F(PluginProviderTest, a_secret_is_joined_with_the_rest) {
  auto settings = test::provider_of("flaky", R"({"credits": 3})");
  settings.secrets_json = Secret(R"({"password": 5})");
  const auto refused = PluginProvider::start(settings, *catalog.get("flaky"), world.parts());
  ASSERT_FALSE(refused) << "the schema must have seen the password";
  EXPECT_EQ(refused.error().fields.at(0).field, "/password");
}

TEST_F(PluginProviderTest, a_plugin_that_cannot_send_pauses_the_provider_and_says_why) {
  const auto port = *start("template", {{"path", folder / "no" / "such" / "folder"}});
  auto one = message();
  EXPECT_EQ(port->submit({&one, 1}), Submitted::taken);
  ASSERT_TRUE(world.listener.wait_outcomes(1));
  const auto outcome = world.listener.outcomes()[0].outcome;
  EXPECT_EQ(outcome.kind, OutcomeKind::try_later);
  EXPECT_EQ(outcome.scope, OutcomeScope::provider);
  EXPECT_TRUE(outcome.throttled);
  EXPECT_EQ(port->figures().pause_until, world.clock.now() + 30s);
  EXPECT_THAT(port->figures().reason, HasSubstr("check the folder"));
  EXPECT_EQ(port->submit({&one, 1}), Submitted::busy);
  EXPECT_EQ(port->probe(1s).error().code, "probe_failed");
}

TEST_F(PluginProviderTest, a_message_is_measured_without_being_sent) {
  const auto one = message("anna@example.it");
  const auto port =
      PluginProvider::start(test::provider_of("long_flow", "{}"), *PluginLibrary::open(test::zoo_dir(), "long_flow"), world.parts())
          .value();
  const auto size = port->measure(one);
  ASSERT_TRUE(size) << size.error().message;
  EXPECT_EQ(size->units, one.to.size());
  EXPECT_EQ(size->sentence, "counted");
  EXPECT_EQ(port->measure(message("unmeasurable")).error().code, "not_measured");
  EXPECT_EQ(port->measure(message("unmeasurable")).error().message, "it has no end");
  EXPECT_EQ(port->figures().in_hand, 0U);
  port->stop(1s);
  EXPECT_EQ(port->measure(one).error().code, "provider_stopped");
  EXPECT_EQ((*start("template", {{"path", folder / "out"}}))->measure(one).error().code, "no_measure");
}

TEST_F(PluginProviderTest, nothing_is_submitted_beyond_the_grant_and_a_big_batch_is_cut) {
  const auto port = flaky({{"credits", 250}, {"script", {{{"outcome", "drop"}}}}});
  std::vector<OutgoingMessage> many;
  for (int i = 0; i < 250; ++i) many.push_back(message());
  EXPECT_EQ(port->max_batch(), 100U);
  EXPECT_EQ(port->submit(many), Submitted::taken);
  EXPECT_EQ(port->figures().in_hand, 250U);
  EXPECT_EQ(port->submit({many.data(), 1}), Submitted::busy);
}

TEST_F(PluginProviderTest, each_outcome_passes_as_it_was_given) {
  const auto port = flaky({{"script",
                            {{{"to", "^sent"}, {"outcome", "sent"}},
                             {{"to", "^pending"}, {"outcome", "pending"}, {"receipt", "delivered"}, {"receipt_early", true}},
                             {{"to", "^later"},
                              {"outcome", "try_later"},
                              {"scope", "provider"},
                              {"throttled", true},
                              {"retry_after_ms", 5000},
                              {"code", "x.421"}},
                             {{"to", "^refused"}, {"outcome", "refused"}, {"scope", "destination"}},
                             {{"to", "^unknown"}, {"outcome", "unknown"}}}}});
  std::vector<OutgoingMessage> batch;
  for (const char* to : {"sent@x", "pending@x", "later@x", "refused@x", "unknown@x"}) batch.push_back(message(to));
  EXPECT_EQ(port->submit(batch), Submitted::taken);
  ASSERT_TRUE(world.listener.wait_outcomes(5));
  const auto of = [&](std::size_t i) { return world.listener.of(batch[i].attempt).at(0); };
  EXPECT_EQ(of(0).kind, OutcomeKind::sent);
  EXPECT_EQ(of(1).kind, OutcomeKind::pending);
  ASSERT_EQ(of(1).references.size(), 1U);
  EXPECT_EQ(of(1).references[0].kind, "flaky_id");
  EXPECT_EQ(of(2).kind, OutcomeKind::try_later);
  EXPECT_EQ(of(2).scope, OutcomeScope::provider);
  EXPECT_EQ(of(2).retry_after, 5s);
  EXPECT_EQ(of(2).code, "x.421");
  EXPECT_TRUE(of(2).throttled);
  EXPECT_EQ(of(3).kind, OutcomeKind::refused);
  EXPECT_EQ(of(3).scope, OutcomeScope::destination);
  EXPECT_EQ(of(4).kind, OutcomeKind::unknown);
  ASSERT_TRUE(world.listener.wait_receipts(1)) << "a receipt may come before the outcome";
  const auto receipt = world.listener.receipts()[0];
  EXPECT_EQ(receipt.kind, ReceiptKind::delivered);
  EXPECT_EQ(receipt.verification, Verification::valid);
  EXPECT_EQ(receipt.references.at(0).value, of(1).references[0].value);
}

TEST_F(PluginProviderTest, a_busy_plugin_leaves_the_batch_untouched) {
  const auto port = flaky({{"script", {{{"outcome", "busy"}, {"times", 1}}}}});
  const auto one = message();
  EXPECT_EQ(port->submit({&one, 1}), Submitted::busy);
  EXPECT_EQ(port->figures().in_hand, 0U);
  EXPECT_EQ(port->submit({&one, 1}), Submitted::taken);
  ASSERT_TRUE(world.listener.wait_outcomes(1));
  EXPECT_EQ(world.listener.outcomes().size(), 1U);
}

TEST_F(PluginProviderTest, stopping_gives_back_what_has_not_left) {
  const auto port = flaky({{"script", {{{"outcome", "sent"}, {"delay_ms", 600'000}}}}});
  std::vector<OutgoingMessage> batch{message(), message()};
  EXPECT_EQ(port->submit(batch), Submitted::taken);
  port->stop(10ms);
  ASSERT_EQ(world.listener.outcomes().size(), 2U);
  for (const auto& told : world.listener.outcomes()) {
    EXPECT_EQ(told.outcome.kind, OutcomeKind::try_later);
    EXPECT_TRUE(told.outcome.throttled) << "it must not cost an attempt";
  }
}

TEST_F(PluginProviderTest, the_same_seed_gives_the_same_answers) {
  const json config{{"seed", 7}, {"rates", {{"refused", 0.3}, {"try_later", 0.3}}}, {"credits", 100}};
  std::vector<std::vector<OutcomeKind>> runs;
  for (int run = 0; run < 2; ++run) {
    test::Surroundings own;
    const auto port = *PluginProvider::start(test::provider_of("flaky", config.dump()), *catalog.get("flaky"), own.parts());
    std::vector<OutgoingMessage> batch;
    for (int i = 0; i < 50; ++i) batch.push_back(message());
    EXPECT_EQ(port->submit(batch), Submitted::taken);
    ASSERT_TRUE(own.listener.wait_outcomes(50));
    auto& kinds = runs.emplace_back();
    for (const auto& one : batch) kinds.push_back(own.listener.of(one.attempt).at(0).kind);
  }
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_THAT(runs[0], ::testing::Contains(OutcomeKind::refused));
  EXPECT_THAT(runs[0], ::testing::Contains(OutcomeKind::sent));
}

}  // namespace
}  // namespace messo
