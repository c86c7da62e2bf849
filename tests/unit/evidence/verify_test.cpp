// Evidence that was tampered with, one way after the other.
#include <algorithm>
#include <map>

#include "unit/evidence/evidence_story.hpp"

namespace messo::testing {
namespace {

class Tampering : public EvidenceStory {
 protected:
  Tampering() {
    made = delivered();
    EXPECT_TRUE(keeper->turn(true));
    zip = archive(made);
    const auto read = read_archive(zip);
    EXPECT_TRUE(read);
    for (const ArchivedFile& file : *read) files[file.name] = std::string(file.bytes);
  }
  VerifyReport verify() const {
    std::vector<ArchivedFile> all;
    for (const auto& [name, bytes] : files) all.push_back({name, bytes, true});
    return verify_evidence(all, options());
  }
  // As somebody who has a key, though not the organisation's: everything is signed anew.
  void sign_again(const EvidenceJson& index, const SigningKey& by) {
    files["indice.json"] = index.dump(1) + "\n";
    files["indice.firma"] = by.sign(files["indice.json"]);
  }
  EvidenceJson index() const { return EvidenceJson::parse(files.at("indice.json")); }

  NewNotification made;
  std::string zip;
  std::map<std::string, std::string> files;
};

TEST_F(Tampering, what_nobody_touched_holds) {
  const auto report = verify_evidence_archive(zip, options());
  EXPECT_TRUE(report.holds) << failures(report);
  EXPECT_EQ(report.notification, made.id.to_string());
  EXPECT_EQ(report.status, "delivered");
  EXPECT_TRUE(report.notes.empty()) << report.notes.front();
  EXPECT_TRUE(verify().holds) << "unpacked: " << failures(verify());
  const auto unknown = verify_evidence_archive(zip, {});
  EXPECT_TRUE(unknown.holds);
  EXPECT_EQ(unknown.notes.size(), 3U) << "whose key, and two receipts nobody could read";
}

TEST_F(Tampering, any_changed_byte_shows) {
  ASSERT_GT(zip.size(), 10'000U);
  for (std::size_t at = 0; at < zip.size(); at += at < 500 || at + 1'000 > zip.size() ? 1 : 7) {
    auto changed = zip;
    changed[at] = static_cast<char>(changed[at] ^ 0x01);
    EXPECT_FALSE(verify_evidence_archive(changed, options()).holds) << "byte " << at;
  }
}

TEST_F(Tampering, each_file_that_is_changed_missing_or_added_is_named) {
  const auto whole = files;
  for (const auto& [name, bytes] : whole) {
    files = whole;
    files[name] += " ";
    EXPECT_FALSE(verify().holds) << name << " was changed";
    if (name != "indice.firma") {
      EXPECT_NE(failures(verify()).find(name), std::string::npos);
    }
    files = whole;
    files.erase(name);
    EXPECT_FALSE(verify().holds) << name << " was taken out";
  }
  files = whole;
  files["ricevuta-3.eml"] = "a receipt nobody sent";
  EXPECT_NE(failures(verify()).find("ricevuta-3.eml: it was added"), std::string::npos);
}

TEST_F(Tampering, another_key_shows_once_the_right_one_is_known) {
  const auto stranger = *SigningKey::from_seed(SigningKey::make_seed());
  auto changed = index();
  changed["notification"]["status"] = "undelivered";
  changed["public_key"] = to_base64(stranger.public_key());
  files["chiave.pem"] = public_key_to_pem(stranger.public_key());
  for (auto& row : changed["files"]) {
    if (row["name"] != "chiave.pem") continue;
    row["sha256"] = to_hex(as_text(sha256(files["chiave.pem"])));
  }
  sign_again(changed, stranger);
  const auto all = failures(verify());
  EXPECT_NE(all.find("another key than the one given"), std::string::npos) << all;
  EXPECT_NE(all.find("segment 1: it was signed with another key"), std::string::npos) << all;
}

TEST_F(Tampering, facts_that_are_not_what_was_chained_show_even_when_the_index_is_signed_anew) {
  const auto whole = files;
  for (const char* fact :
       {"id", "delivery", "attempt", "provider", "sha256", "at", "happened_at", "says", "milestone", "verification", "code"}) {
    files = whole;
    auto changed = index();
    auto& value = changed["entries"][2][fact];
    value = value.get<std::string>().substr(1);
    sign_again(changed, *key);
    EXPECT_NE(failures(verify()).find("does not hold"), std::string::npos) << fact;
  }
  files = whole;
  auto moved = index();
  moved["entries"][2]["chain"]["index"] = 0;
  sign_again(moved, *key);
  EXPECT_FALSE(verify().holds);
}

TEST_F(Tampering, a_segment_is_signed_as_a_whole_and_follows_the_one_before) {
  const auto whole = files;
  for (const char* fact : {"number", "leaves"}) {
    files = whole;
    auto changed = index();
    changed["segments"][0][fact] = 2;
    sign_again(changed, *key);
    EXPECT_FALSE(verify().holds) << fact;
  }
  for (const char* fact : {"root", "previous", "closed_at", "signature", "organisation"}) {
    files = whole;
    auto changed = index();
    changed["segments"][0][fact] = fact == std::string("organisation") ? OrganisationId::make(now()).to_string() : "00";
    sign_again(changed, *key);
    EXPECT_FALSE(verify().holds) << fact;
  }
}

TEST_F(Tampering, a_receipt_whose_own_signature_does_not_hold_is_named) {
  const auto other = sent();
  receipt(other, ReceiptKind::delivered, "X-Ricevuta: avvenuta-consegna\r\n\r\nforged\r\n", Verification::invalid);
  ASSERT_TRUE(keeper->turn(true));
  const auto report = verify_evidence_archive(archive(other), options());
  EXPECT_EQ(failures(report), "receipt ricevuta-1-avvenuta-consegna.eml: the provider's signature is INVALID: the digest differs\n");
}

TEST_F(Tampering, what_is_not_chained_yet_is_said_and_holds) {
  const auto other = sent();
  const auto report = verify_evidence_archive(archive(other), options());
  EXPECT_TRUE(report.holds) << failures(report);
  ASSERT_EQ(report.notes.size(), 1U);
  EXPECT_NE(report.notes[0].find("in no closed segment"), std::string::npos);
}

TEST_F(Tampering, nonsense_is_refused_without_a_fall) {
  for (const char* nonsense :
       {"", "{}", "[]", "null", "{\"format\":\"messo-evidence/1\"}",
        "{\"format\":\"messo-evidence/1\",\"files\":7,\"segments\":{\"a\":[]},\"entries\":[1,null,{\"chain\":[]}]}"}) {
    files["indice.json"] = nonsense;
    files["indice.firma"] = key->sign(nonsense);
    EXPECT_FALSE(verify().holds) << nonsense;
  }
  files["indice.json"] = std::string(100'000, '[');
  EXPECT_FALSE(verify().holds);
  EXPECT_FALSE(verify_evidence_archive("", options()).holds);
  EXPECT_FALSE(verify_evidence({}, options()).holds);
}

TEST(PublicKeys, are_read_in_every_form_they_are_printed_in) {
  const auto key = *SigningKey::from_seed(SigningKey::make_seed());
  const std::string& bytes = key.public_key();
  EXPECT_EQ(parse_public_key(public_key_to_pem(bytes)), bytes);
  EXPECT_EQ(parse_public_key(to_base64(bytes)), bytes);
  EXPECT_EQ(parse_public_key(" " + to_hex(bytes) + "\n"), bytes);
  for (const char* wrong : {"", "no key", "AAAA", "-----BEGIN PUBLIC KEY-----\nAAAA"})
    EXPECT_EQ(parse_public_key(wrong), std::nullopt) << wrong;
  EXPECT_FALSE(signature_holds(bytes, "a", key.sign("b")));
  EXPECT_TRUE(signature_holds(bytes, "a", key.sign("a")));
  EXPECT_FALSE(signature_holds("short", "a", key.sign("a")));
}

}  // namespace
}  // namespace messo::testing
