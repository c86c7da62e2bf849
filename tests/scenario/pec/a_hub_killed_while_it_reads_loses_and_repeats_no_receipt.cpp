#include <random>

#include "scenario/pec/pec_story.hpp"
#include "support/long_check.hpp"

namespace messo::test {
namespace {

using ::testing::UnorderedElementsAreArray;

// Recipients of all sorts: what becomes of their messages, and the codes of their receipts, each once.
struct Fate {
  std::string to, status;
  std::vector<std::string> codes;
};
const std::vector<Fate> kFates{{"maria", "delivered", {"pec.accepted", "pec.delivered"}},
                               {"inversa", "delivered", {"pec.accepted", "pec.delivered"}},
                               {"doppia", "delivered", {"pec.accepted", "pec.delivered"}},
                               {"piena", "undelivered", {"pec.accepted", "pec.mailbox_full"}},
                               {"inesistente", "undelivered", {"pec.accepted", "pec.unknown_mailbox"}}};

class KilledPecStory : public PecStory {
 protected:
  // The codes of the receipts in the proof of a message, and "sent" for the message itself. The proof holds.
  std::vector<std::string> proven(const std::string& id) const {
    const auto file = proof_of(id);
    const auto verified = Json::parse(daemon.must({"evidence", "verify", file, "--roots", provider->roots_file(), "--json"}));
    EXPECT_TRUE(verified.at("holds")) << verified.dump(1);
    std::vector<std::string> out;
    const auto entries = Json::parse(bytes_of(unpacked(file) / "indice.json")).at("entries");
    for (const auto& entry : entries) out.push_back(entry.contains("meaning") ? entry.at("meaning").value("code", "") : "sent");
    return out;
  }
};

// `./dev check --long`: 200 kills. Each hits the poll wherever it is: while it fetches, between original and commit, after the commit.
TEST_F(KilledPecStory, a_hub_killed_while_it_reads_loses_and_repeats_no_receipt) {
  const unsigned seed = seed_of_this_run();
  SCOPED_TRACE("MESSO_SEED=" + std::to_string(seed));
  std::mt19937 random(seed);
  begin();
  provider->hold();
  const std::size_t kills = long_check() ? 200 : 6, between = 12, notices = kills * between / 2 + 5;
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < notices; ++i) ids.push_back(posted(kFates[i % kFates.size()].to + "." + std::to_string(i)));
  ASSERT_TRUE(provider->wait_for_taken(notices, Millis{600'000}));
  provider->delay(Millis{10});
  provider->release();
  for (std::size_t kill = 1; kill <= kills; ++kill) {
    ASSERT_TRUE(provider->wait_for_filed(kill * between, Millis{60'000}));
    if (kill == kills / 2) provider->file_again();
    const auto moment = std::chrono::steady_clock::now() + Millis{std::uniform_int_distribution<int>(0, 250)(random)};
    wait_until([&] { return std::chrono::steady_clock::now() >= moment; });
    daemon.kill9();
    daemon.start();
  }
  provider->file_again();
  for (std::size_t i = 0; i < notices; ++i)
    ASSERT_TRUE(becomes(ids[i], kFates[i % kFates.size()].status, Millis{60'000})) << read(ids[i]).dump(1) << daemon.log();
  everything_is_read();
  for (std::size_t i = 0; i < notices; ++i) {
    const auto& fate = kFates[i % kFates.size()];
    EXPECT_THAT(told(ids[i]), UnorderedElementsAreArray(fate.codes)) << read(ids[i]).dump(1);
    EXPECT_FALSE(delivery(ids[i]).at("disputed"));
  }
  EXPECT_EQ(provider->taken().size(), notices + 1) << "nothing is sent twice";
  EXPECT_TRUE(admin("/v1/admin/receipts?unmatched=true").at("items").empty());
  EXPECT_TRUE(books().at("balanced"));
  for (std::size_t i = 0; i < notices; i += std::max<std::size_t>(1, notices / 15)) {
    auto expected = kFates[i % kFates.size()].codes;
    expected.emplace_back("sent");
    EXPECT_THAT(proven(ids[i]), UnorderedElementsAreArray(expected)) << ids[i];
  }
}

}  // namespace
}  // namespace messo::test
