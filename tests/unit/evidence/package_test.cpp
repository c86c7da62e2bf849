#include <algorithm>

#include "unit/evidence/evidence_story.hpp"

namespace messo::testing {
namespace {

std::vector<std::string> names_in(std::string_view archive) {
  std::vector<std::string> out;
  const auto files = read_archive(archive);
  if (files) std::ranges::transform(*files, std::back_inserter(out), &ArchivedFile::name);
  return out;
}
std::string file_in(std::string_view archive, std::string_view name) {
  const auto files = read_archive(archive);
  for (const ArchivedFile& file : files ? *files : std::vector<ArchivedFile>{}) {
    if (file.name == name) return std::string(file.bytes);
  }
  return {};
}
EvidenceJson index_in(std::string_view archive) { return EvidenceJson::parse(file_in(archive, kIndexFile), nullptr, false); }

TEST_F(EvidenceStory, one_archive_holds_the_message_its_receipts_and_what_they_say) {
  const auto made = delivered();
  ASSERT_TRUE(keeper->turn(true));
  const auto zip = archive(made);
  EXPECT_EQ(names_in(zip), (std::vector<std::string>{"indice.json", "indice.firma", "indice.html", "chiave.pem", "inviato.eml",
                                                     "ricevuta-1-accettazione.eml", "ricevuta-1-daticert.xml",
                                                     "ricevuta-2-avvenuta-consegna.eml", "ricevuta-2-daticert.xml"}));
  EXPECT_EQ(file_in(zip, "inviato.eml"), "From: ente@pec.example.it\r\nTo: anna@pec.example.org\r\nSubject: Atto\r\n\r\nTesto\r\n");
  EXPECT_EQ(file_in(zip, "ricevuta-2-avvenuta-consegna.eml"),
            "X-Ricevuta: avvenuta-consegna\r\n\r\nconsegna of " + made.id.to_string() + "\r\n");
  EXPECT_EQ(file_in(zip, "ricevuta-2-daticert.xml"), "<postacert tipo=\"avvenuta-consegna\"/>");

  const auto index = index_in(zip);
  ASSERT_TRUE(index.is_object());
  EXPECT_EQ(index["notification"]["status"], "delivered");
  EXPECT_EQ(index["notification"]["protocol"], "2026/1234");
  EXPECT_EQ(index["deliveries"][0]["milestones"][0], "accepted");
  EXPECT_EQ(index["deliveries"][0]["attempts"][0]["outcome"], "pending");
  ASSERT_EQ(index["entries"].size(), 3U);
  EXPECT_EQ(index["entries"][0]["kind"], "as_sent");
  EXPECT_EQ(index["entries"][2]["code"], "pec.delivered");
  EXPECT_EQ(index["entries"][2]["provider_key"], "gestore-pec");
  EXPECT_EQ(index["entries"][2]["chain"]["state"], "closed");
  EXPECT_EQ(index["segments"][0]["leaves"], 3);
  EXPECT_EQ(index["timeline"].back()["kind"], "receipt");
}

TEST_F(EvidenceStory, the_page_says_in_italian_what_happened_and_is_safe_to_open) {
  const auto made = delivered();
  const auto page = file_in(archive(made), kPageFile);
  EXPECT_NE(page.find("<html lang=\"it\">"), std::string::npos);
  EXPECT_NE(page.find("Esito: Consegnato."), std::string::npos);
  EXPECT_NE(page.find("Ricevuta di avvenuta consegna"), std::string::npos);
  EXPECT_NE(page.find("prova legale della consegna"), std::string::npos);
  EXPECT_NE(page.find("<a href=\"ricevuta-1-accettazione.eml\">"), std::string::npos);
  EXPECT_NE(page.find("2026/1234"), std::string::npos);
  EXPECT_NE(page.find("Comune di &lt;Prova&gt; &amp; Co"), std::string::npos) << "escaped";
  EXPECT_NE(page.find("non ancora inserita in un segmento chiuso"), std::string::npos);
  EXPECT_EQ(page.find("<script"), std::string::npos);
  EXPECT_EQ(page.find("src="), std::string::npos) << "nothing is fetched";
}

TEST_F(EvidenceStory, it_is_read_in_pieces_of_any_size) {
  const auto made = delivered();
  auto at = desk();
  const auto package = at.package({}, made.id);
  ASSERT_TRUE(package);
  const auto whole = bytes_of(**package, 1U << 20);
  EXPECT_EQ(bytes_of(**package, 1), whole);
  EXPECT_EQ(bytes_of(**package, 333), whole);
  EXPECT_EQ((*package)->read((*package)->size(), 10)->size(), 0U);
}

TEST_F(EvidenceStory, without_evidence_the_answer_says_why) {
  auto at = desk();
  const auto waiting = job();
  ASSERT_TRUE(store->intake().accept(waiting));
  const auto not_yet = at.package({}, waiting.id);
  EXPECT_EQ(not_yet.error().code, "no_evidence");
  EXPECT_NE(not_yet.error().message.find("not been handed over yet"), std::string::npos);
  ASSERT_TRUE(store->intake().cancel(who.service, waiting.id, now()));
  EXPECT_NE(at.package({}, waiting.id).error().message.find("never left"), std::string::npos);
  EXPECT_EQ(at.package({}, NotificationId::make(now())).error().code, "notification_not_found");
  const auto made = delivered();
  EXPECT_EQ(at.package({OrganisationId::make(now()), {}}, made.id).error().code, "notification_not_found") << "somebody else's";
}

TEST_F(EvidenceStory, what_is_too_large_is_refused_before_it_is_read) {
  const auto made = sent(std::string(100'000, 'x'));
  EXPECT_EQ(desk({.largest = 90'000}).package({}, made.id).error().code, "evidence_too_large");
  EXPECT_EQ(desk({.most_entries = 0}).package({}, made.id).error().code, "evidence_too_large");
  auto unread = desk({.largest_read = 1'000});
  const auto package = unread.package({}, made.id);
  ASSERT_TRUE(package);
  EXPECT_NE(bytes_of(**package).find(std::string(100'000, 'x')), std::string::npos) << "handed out all the same";
}

TEST_F(EvidenceStory, a_forged_receipt_is_shown_as_what_it_is) {
  const auto made = sent();
  receipt(made, ReceiptKind::delivered, "X-Ricevuta: avvenuta-consegna\r\n\r\nforged\r\n", Verification::invalid);
  const auto zip = archive(made);
  EXPECT_NE(file_in(zip, kPageFile).find("NON VALIDA"), std::string::npos);
  EXPECT_NE(file_in(zip, kPageFile).find("non è stata considerata per l'esito"), std::string::npos);
  EXPECT_EQ(index_in(zip)["notification"]["status"], "awaiting_receipt");
}

}  // namespace
}  // namespace messo::testing
