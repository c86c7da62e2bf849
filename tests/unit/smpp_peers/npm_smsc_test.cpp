// What the stories of tests/scenario/sms cannot bring about: the plugin's questions (query_sm) to an SMSC nobody here wrote.
#include "peers/npm_smpp.hpp"
#include "plugin_test.hpp"
#include "support/wait_until.hpp"

namespace messo::peers {
namespace {

using test::BorderHost;

struct QuestionsToNpm : test::PluginTest {
  void SetUp() override {
    if (const auto missing = npm_smpp_missing()) GTEST_SKIP() << *missing;
  }
  // A message that the SMSC took and says nothing of; its references.
  std::vector<plugin::Reference> taken(NpmSmsc& smsc, const std::string& text) {
    smsc.rule({{"states", nlohmann::json::array()}});
    host = std::make_unique<BorderHost>(
        "smpp", nlohmann::json{
                    {"host", "127.0.0.1"}, {"port", smsc.port()}, {"system_id", "messo"}, {"password", "segreto"}, {"sender", "Comune"}});
    auto message = test::numbered(1);
    message.channel = "sms", message.to = "+393331234567", message.from = "Comune", message.parts = {{"text", text}};
    const auto outcome = host->send(message);
    EXPECT_EQ(outcome.kind, MESSO_PENDING) << outcome.code;
    std::vector<plugin::Reference> out;
    for (const auto& [kind, value] : outcome.references) out.push_back({kind, value, static_cast<std::uint32_t>(out.size())});
    return out;
  }
};

TEST_F(QuestionsToNpm, what_became_of_each_part_is_told_as_a_receipt_would) {
  NpmSmsc smsc;
  const auto references = taken(smsc, std::string(200, 'a'));
  ASSERT_EQ(references.size(), 2U);
  const auto doubt = test::numbered(2).attempt;
  ASSERT_EQ(host->query(doubt, references), MESSO_OK);
  EXPECT_EQ(host->outcome(doubt).kind, MESSO_PENDING) << "both are on their way: it has the message";
  EXPECT_TRUE(host->receipts().empty());

  smsc.becomes("", "UNDELIV");
  const auto later = test::numbered(3).attempt;
  ASSERT_EQ(host->query(later, references), MESSO_OK);
  EXPECT_EQ(host->outcome(later).kind, MESSO_PENDING);
  ASSERT_TRUE(host->wait_for_receipts(2));
  for (const auto& receipt : host->receipts()) EXPECT_EQ(receipt.code, "sms.undelivered");
  EXPECT_EQ(smsc.count("queries"), 4U);
}

TEST_F(QuestionsToNpm, an_smsc_that_does_not_answer_them_leaves_the_doubt) {
  NpmSmsc smsc(nlohmann::json{{"query", false}});
  const auto references = taken(smsc, "Buongiorno");
  const auto doubt = test::numbered(2).attempt;
  ASSERT_EQ(host->query(doubt, references), MESSO_OK);
  EXPECT_EQ(host->outcome(doubt).kind, MESSO_UNKNOWN);
}

}  // namespace
}  // namespace messo::peers
