// A plugin compiled against an older minor of the border goes on working, inside the daemon and in a process of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "channel/elf_symbols.hpp"
#include "isolation_world.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

class OldPlugin : public ::testing::TestWithParam<std::tuple<const char*, Isolation>> {};

TEST_P(OldPlugin, takes_messages_and_is_understood) {
  const auto [name, isolation] = GetParam();
  const auto library = PluginLibrary::open(test::build_dir() / "tests" / "old_plugins", name);
  ASSERT_TRUE(library) << library.error().message;
  EXPECT_THAT(exported_symbols(test::build_dir() / "tests" / "old_plugins" / (std::string(name) + ".so")), ElementsAre(MESSO_ENTRY_SYMBOL));
  test::IsolationWorld world;
  Provider settings = test::provider_of(name);
  settings.isolation = isolation;
  settings.memory_mb = 0;
  const auto port = PluginProvider::start(settings, *library, world.parts(), world.options());
  ASSERT_TRUE(port) << port.error().message;
  const auto batch = world.messages(5);
  ASSERT_TRUE(test::wait_until([&] { return (*port)->submit(batch) == Submitted::taken; }));
  ASSERT_TRUE(world.listener.wait_outcomes(5));
  const auto told = world.listener.of(batch[3].attempt).at(0);
  EXPECT_EQ(told.kind, OutcomeKind::pending);
  EXPECT_EQ(told.code, "old.accepted");
  EXPECT_EQ(told.public_text, "subject");
  ASSERT_EQ(told.references.size(), 1U);
  EXPECT_EQ(told.references[0].value, "anna@example.it");
  ASSERT_TRUE(world.listener.wait_receipts(1));
  const Receipt receipt = world.listener.receipts().at(0);
  EXPECT_EQ(receipt.kind, ReceiptKind::undelivered);
  EXPECT_EQ(receipt.references.at(0).value, "anna@example.it");
  EXPECT_EQ(receipt.scope, OutcomeScope::message) << "members it does not know are not looked at";
  EXPECT_TRUE(receipt.learned.empty());
  EXPECT_EQ((*port)->probe(1s).error().code, "no_probe");
  (*port)->stop(1s);
}

INSTANTIATE_TEST_SUITE_P(All, OldPlugin,
                         ::testing::Combine(::testing::Values("old_minor", "old_minor_fewer"),
                                            ::testing::Values(Isolation::none, Isolation::process)),
                         [](const auto& given) {
                           return std::string(std::get<0>(given.param)) +
                                  (std::get<1>(given.param) == Isolation::process ? "_in_a_process" : "_inside");
                         });

}  // namespace
}  // namespace messo
