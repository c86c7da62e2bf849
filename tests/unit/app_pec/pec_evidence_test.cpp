// Evidence of certified mail: receipts as providers sign them, explained on the page and verified again offline.
#include <fstream>

#include "app/evidence_reader.hpp"
#include "unit/evidence/evidence_story.hpp"

namespace messo::testing {
namespace {

class PecEvidence : public EvidenceStory {
 protected:
  static std::string sample(const std::string& name) {
    std::ifstream in("tests/data/pec/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // An archive of a message whose receipts these are.
  std::string proof(const std::vector<std::string>& originals) {
    const auto made = sent();
    for (const auto& original : originals) receipt(made, ReceiptKind::milestone, original);
    EXPECT_TRUE(keeper->turn(true));
    EvidenceDesk at({.made_by = "messo test"}, *store, *key, make_material_reader(kRoot), clock);
    const auto package = at.package({}, made.id);
    EXPECT_TRUE(package) << package.error().code;
    return package ? bytes_of(**package) : std::string();
  }
  static VerifyReport verified(const std::string& zip, const std::string& roots) {
    return verify_evidence_archive(zip, {{}, make_material_reader(roots)});
  }
  static std::string file_in(const std::string& zip, std::string_view name) {
    const auto files = read_archive(zip);
    for (const ArchivedFile& file : files ? *files : std::vector<ArchivedFile>{}) {
      if (file.name == name) return std::string(file.bytes);
    }
    return {};
  }

  static constexpr auto kRoot = "tests/data/pec/root-ca.pem";
  const std::string accepted = sample("01-accettazione.eml"), delivered = sample("05-avvenuta-consegna-completa.eml");
};

TEST_F(PecEvidence, receipts_are_explained_and_their_certified_data_taken_out) {
  const auto zip = proof({accepted, delivered, sample("08-errore-consegna-indirizzo.eml"), sample("11-preavviso-12h.eml")});
  EXPECT_EQ(file_in(zip, "ricevuta-2-avvenuta-consegna.eml"), delivered);
  EXPECT_NE(file_in(zip, "ricevuta-2-daticert.xml").find("<postacert tipo=\"avvenuta-consegna\""), std::string::npos);
  const auto page = file_in(zip, kPageFile);
  for (const char* title : {"Ricevuta di accettazione", "Ricevuta di avvenuta consegna", "Avviso di mancata consegna",
                            "Avviso di mancata consegna per superamento dei tempi", "La consegna può ancora avvenire"})
    EXPECT_NE(page.find(title), std::string::npos) << title;
  EXPECT_NE(page.find("<dt>Mittente</dt><dd>ente@pec.example.it</dd>"), std::string::npos) << "the head of what was sent";
  const auto index = EvidenceJson::parse(file_in(zip, kIndexFile));
  EXPECT_EQ(index["entries"][2]["meaning"]["verification"], "VALID");
  EXPECT_EQ(index["entries"][2]["meaning"]["kind"], "avvenuta-consegna");
}

TEST_F(PecEvidence, the_providers_signatures_are_checked_offline) {
  const auto zip = proof({accepted, delivered});
  const auto holds = verified(zip, kRoot);
  EXPECT_TRUE(holds.holds) << failures(holds);
  const auto unknown = verified(zip, "");
  EXPECT_FALSE(unknown.holds) << "made up providers are not AgID's";
  EXPECT_NE(failures(unknown).find("ricevuta-1-accettazione.eml: the provider's signature is "), std::string::npos) << failures(unknown);
}

TEST_F(PecEvidence, a_receipt_changed_before_it_was_stored_is_found_out) {
  auto forged = delivered;
  forged.replace(forged.find("Content-Transfer-Encoding: base64") + 60, 1, "A");
  const auto report = verified(proof({forged}), kRoot);
  EXPECT_FALSE(report.holds);
  EXPECT_NE(failures(report).find("the provider's signature is INVALID"), std::string::npos) << failures(report);
}

}  // namespace
}  // namespace messo::testing
