#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

TEST_F(PecStory, another_organisations_mailbox_settles_nothing) {
  const peers::PecAccount unione{.address = "protocollo@pec.unione.example.it", .password = "altra-segreta"};
  begin({}, {}, {unione});
  apply("[[organisation]]\nkey = \"unione\"\nname = \"Unione dei Comuni\"\n" +
        provider_entry("pec-unione", unione, {}, {}, "organisations = [\"unione\"]\npool = \"unione\"\n"));

  // The delivery receipt of the town's message lies in the other mailbox, genuine as it is.
  provider->hold(PecAnswerKind::avvenuta_consegna);
  const auto id = posted("maria.bianchi");
  ASSERT_TRUE(reaches(id, "accepted"));
  const auto accettazione = provider->filed().at(0).bytes;
  provider->file(unione.address, accettazione);
  ASSERT_TRUE(wait_until([&] { return receipts().size() == 2; })) << daemon.log();
  for (const auto& receipt : receipts()) {
    EXPECT_EQ(receipt.contains("notification"), receipt.at("provider") == "pec") << receipt.dump(1);
  }
  EXPECT_EQ(told(id).size(), 1U) << read(id).dump(1);
  provider->release();
  EXPECT_TRUE(becomes(id, "delivered"));
}

}  // namespace
}  // namespace messo::test
