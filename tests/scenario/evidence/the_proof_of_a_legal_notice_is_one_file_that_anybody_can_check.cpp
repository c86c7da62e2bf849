#include <map>

#include "scenario/evidence/evidence_story.hpp"

namespace messo::test {
namespace {

// From post to proof, over a restart that closes the segment; then somebody changes it.
TEST_F(EvidenceStory, the_proof_of_a_legal_notice_is_one_file_that_anybody_can_check) {
  begin("script = [{ outcome = \"pending\", as_sent = 5000 }]");
  const auto id = posted();
  ASSERT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
  const std::string accepted = "the acceptance\r\nbyte for byte\r\n", delivered = "the delivery\r\n";
  arrives({{"id", "1"}, {"do", "milestone"}, {"milestone", "accepted"}, {"ref", reference(id)}, {"raw", accepted}});
  arrives({{"id", "2"}, {"do", "delivered"}, {"ref", reference(id)}, {"raw", delivered}});
  ASSERT_TRUE(becomes(id, "delivered")) << read(id).dump(1);

  const auto file = proof_of(id);
  const auto open = Json::parse(daemon.must({"evidence", "verify", file, "--json"}));
  EXPECT_TRUE(open.at("holds"));
  EXPECT_NE(open.at("notes").dump().find("in no closed segment"), std::string::npos);

  daemon.stop();
  daemon.start();
  EXPECT_NE(daemon.log().find("MSO-3061"), std::string::npos) << "a stop closes what is open";
  ASSERT_EQ(proof_of(id), file);
  const auto key = daemon.folder() / "chiave.pem";
  std::ofstream(key) << daemon.must({"evidence", "key"});
  daemon.stop();

  const auto holds = daemon.messo({"evidence", "verify", file, "--key", key.string()});
  EXPECT_EQ(holds.status, 0) << holds.out << holds.err;
  EXPECT_NE(holds.out.find("Everything that was checked holds."), std::string::npos) << holds.out;
  EXPECT_NE(holds.out.find("ricevuta-2.eml: it is in segment 1 of the chain"), std::string::npos) << holds.out;
  EXPECT_EQ(holds.out.find("in no closed segment"), std::string::npos) << holds.out;

  const auto folder = unpacked(file);
  EXPECT_EQ(bytes_of(folder / "ricevuta-1.eml"), accepted);
  EXPECT_EQ(bytes_of(folder / "ricevuta-2.eml"), delivered);
  EXPECT_EQ(bytes_of(folder / "inviato.eml").size(), 5000U);
  EXPECT_EQ(daemon.messo({"evidence", "verify", folder.string(), "--key", key.string()}).status, 0);
  EXPECT_EQ(run({"openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key.string(), "-rawin", "-in", (folder / "indice.json").string(),
                 "-sigfile", (folder / "indice.firma").string()})
                .status,
            0)
      << "without Messo";

  auto changed = bytes_of(file);
  changed[changed.find(delivered) + 4] = 'D';
  std::ofstream(file, std::ios::binary) << changed;
  const auto fails = daemon.messo({"evidence", "verify", file, "--key", key.string()});
  EXPECT_EQ(fails.status, 1);
  EXPECT_NE(fails.out.find("FAILS  ricevuta-2.eml: it was changed"), std::string::npos) << fails.out;
}

// Between receipt and segment the daemon dies, again and again: each piece of evidence ends up in one place of one segment.
TEST_F(EvidenceStory, kills_while_evidence_is_chained_lose_none_and_count_none_twice) {
  begin("script = [{ outcome = \"pending\", as_sent = 500 }]");
  std::vector<std::string> ids;
  for (int round = 0; round < 4; ++round) {
    const auto id = posted();
    ids.push_back(id);
    ASSERT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
    arrives({{"id", std::to_string(round)}, {"do", "delivered"}, {"ref", reference(id)}});
    ASSERT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
    if (round % 2 != 0) daemon.signal(15);  // a stop that is not given the time to end
    daemon.kill9();
    daemon.start();
  }
  daemon.stop();
  daemon.start();
  std::map<std::pair<std::uint64_t, std::uint64_t>, int> places;
  for (const auto& id : ids) {
    const auto file = proof_of(id);
    const auto report = Json::parse(daemon.must({"evidence", "verify", file, "--json"}));
    EXPECT_TRUE(report.at("holds")) << report.dump(1);
    EXPECT_EQ(report.at("notes").dump().find("in no closed segment"), std::string::npos) << report.dump(1);
    const auto index = Json::parse(bytes_of(unpacked(file) / "indice.json"));
    for (const auto& entry : index.at("entries"))
      ++places[{entry.at("chain").at("segment").get<std::uint64_t>(), entry.at("chain").at("index").get<std::uint64_t>()}];
  }
  EXPECT_EQ(places.size(), 8U) << "two entries a message, each in a place of its own";
}

TEST_F(EvidenceStory, a_notification_without_evidence_is_told_so) {
  begin("script = [{ outcome = \"try_later\" }]");
  const auto id = posted();
  const auto file = (daemon.folder() / "none.zip").string();
  const auto answer = daemon.messo({"evidence", id, "--output", file});
  EXPECT_EQ(answer.status, 1);
  EXPECT_NE(answer.err.find("not been handed over yet"), std::string::npos) << answer.err;
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));
}

}  // namespace
}  // namespace messo::test
