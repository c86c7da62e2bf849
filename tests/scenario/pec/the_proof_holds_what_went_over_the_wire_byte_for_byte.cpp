#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST_F(PecStory, the_proof_holds_what_went_over_the_wire_byte_for_byte) {
  begin();
  const auto id = ends("maria.bianchi", "delivered");
  const auto file = proof_of(id);
  const auto folder = unpacked(file);
  EXPECT_EQ(bytes_of(folder / "inviato.eml"), provider->taken().at(0).bytes) << "kept before it left, as it left";
  std::vector<std::string> receipts;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("ricevuta-") && name.ends_with(".eml")) receipts.push_back(bytes_of(entry.path()));
  }
  const auto filed = provider->filed();
  ASSERT_EQ(filed.size(), 2U);
  EXPECT_THAT(receipts, UnorderedElementsAre(filed[0].bytes, filed[1].bytes));

  const auto key = daemon.folder() / "chiave.pem";
  std::ofstream(key) << daemon.must({"evidence", "key"});
  daemon.stop();  // nothing of the hub is needed to check it
  const auto checked = daemon.messo({"evidence", "verify", file, "--key", key.string(), "--roots", provider->roots_file()});
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("the provider's signature is valid"));
}

TEST_F(PecStory, the_proof_of_a_failed_delivery_holds_the_providers_reason) {
  begin();
  const auto id = ends("piena", "undelivered");
  const auto folder = unpacked(proof_of(id));
  EXPECT_THAT(bytes_of(folder / "indice.html"), HasSubstr("piena@pec.cittadini.example.it"));
  EXPECT_THAT(bytes_of(folder / "indice.json"), HasSubstr("pec.mailbox_full"));
  EXPECT_THAT(bytes_of(folder / "ricevuta-2-daticert.xml"), HasSubstr("<errore-esteso>5.2.2 - GESTORE B - casella piena"));
}

}  // namespace
}  // namespace messo::test
