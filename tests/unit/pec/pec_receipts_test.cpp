// What a message of the mailbox becomes for the hub: the table of docs/channels.md, row by row.
#include "pec/pec_receipts.hpp"

#include <gtest/gtest.h>

namespace messo::pec {
namespace {

constexpr std::int64_t kNow = 1'780'000'000'000;

PecMessage message(Kind kind, std::string code, bool final) {
  PecMessage out;
  out.kind = kind;
  out.code = std::move(code);
  out.final = final;
  out.consistent = true;
  out.verification = Verification::valid;
  out.own_message_id = "ricevuta.1@pec.gestore.example";
  out.message_id = "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071@pec.comune.example.it";
  out.identificativo = "opec1329.20260310101502.1@pec.gestore.example";
  out.recipients = {{"mario.rossi@pec.example.it", false}};
  out.at_ms = 1'773'134'102'000;
  return out;
}
std::optional<plugin::Receipt> told(const PecMessage& what, bool accept_external = false) {
  return receipt_of(what, "From: x\r\n\r\ny\r\n", accept_external, kNow);
}

struct KindRow {
  const char* name;
  Kind kind;
  const char* code;
  bool final;
  messo_receipt_kind receipt;
  messo_milestone milestone;
  messo_scope scope;
};
class PecKinds : public ::testing::TestWithParam<KindRow> {};

TEST_P(PecKinds, become_what_the_hub_knows) {
  const auto& row = GetParam();
  const auto receipt = told(message(row.kind, row.code, row.final));
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->kind, row.receipt);
  EXPECT_EQ(receipt->milestone, row.milestone);
  EXPECT_EQ(receipt->scope, row.scope);
  EXPECT_EQ(receipt->code, row.code);
  EXPECT_EQ(receipt->verification, MESSO_VALID);
  EXPECT_EQ(receipt->at_ms, 1'773'134'102'000);
  EXPECT_EQ(receipt->dedupe_key, "mid:ricevuta.1@pec.gestore.example");
  EXPECT_EQ(receipt->raw, "From: x\r\n\r\ny\r\n");
  EXPECT_FALSE(receipt->public_text.empty());
  ASSERT_EQ(receipt->references.size(), 1U);
  EXPECT_EQ(receipt->references[0].kind, "message-id");
  EXPECT_EQ(receipt->references[0].value, "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071@pec.comune.example.it");
  EXPECT_EQ(receipt->learned.size(), row.kind == Kind::accettazione ? 1U : 0U);
}
constexpr auto kMilestone = MESSO_RECEIPT_MILESTONE;
constexpr auto kLost = MESSO_RECEIPT_UNDELIVERED;
constexpr auto kNone = MESSO_MILESTONE_NONE;
constexpr auto kOfMessage = MESSO_SCOPE_MESSAGE;
constexpr auto kOfAddress = MESSO_SCOPE_DESTINATION;
INSTANTIATE_TEST_SUITE_P(
    Pec, PecKinds,
    ::testing::Values(KindRow{"accettazione", Kind::accettazione, "pec.accepted", false, kMilestone, MESSO_MILESTONE_ACCEPTED, kOfMessage},
                      KindRow{"non_accettazione", Kind::non_accettazione, "pec.not_accepted", true, kLost, kNone, kOfMessage},
                      KindRow{"non_accettazione_virus", Kind::non_accettazione, "pec.not_accepted_virus", true, kLost, kNone, kOfMessage},
                      KindRow{"consegna", Kind::avvenuta_consegna, "pec.delivered", true, MESSO_RECEIPT_DELIVERED, kNone, kOfMessage},
                      KindRow{"casella_inesistente", Kind::errore_consegna, "pec.unknown_mailbox", true, kLost, kNone, kOfAddress},
                      KindRow{"casella_disabilitata", Kind::errore_consegna, "pec.mailbox_disabled", true, kLost, kNone, kOfAddress},
                      KindRow{"casella_piena", Kind::errore_consegna, "pec.mailbox_full", true, kLost, kNone, kOfMessage},
                      KindRow{"virus", Kind::errore_consegna, "pec.virus", true, kLost, kNone, kOfMessage},
                      KindRow{"preavviso_12h", Kind::preavviso_errore_consegna, "pec.warning_12h", false, kMilestone,
                              MESSO_MILESTONE_WARNING_12H, kOfMessage},
                      KindRow{"preavviso_24h", Kind::preavviso_errore_consegna, "pec.no_delivery_24h", true, kLost, kNone, kOfMessage}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(PecReceipts, what_is_not_about_our_messages_is_none) {
  for (const Kind kind : {Kind::presa_in_carico, Kind::rilevazione_virus, Kind::envelope, Kind::anomaly, Kind::not_pec})
    EXPECT_FALSE(told(message(kind, kind == Kind::anomaly ? "pec.anomaly" : "", false))) << to_text(kind);
}

TEST(PecReceipts, the_accettazione_teaches_the_providers_own_id) {
  const auto receipt = told(message(Kind::accettazione, "pec.accepted", false));
  ASSERT_TRUE(receipt);
  ASSERT_EQ(receipt->learned.size(), 1U);
  EXPECT_EQ(receipt->learned[0].kind, "pec-id");
  EXPECT_EQ(receipt->learned[0].value, "opec1329.20260310101502.1@pec.gestore.example");
}

TEST(PecReceipts, one_without_our_message_id_is_named_by_the_providers) {
  auto without = message(Kind::avvenuta_consegna, "pec.delivered", true);
  without.message_id.clear();
  const auto receipt = told(without);
  ASSERT_TRUE(receipt);
  ASSERT_EQ(receipt->references.size(), 1U);
  EXPECT_EQ(receipt->references[0].kind, "pec-id");
  EXPECT_EQ(receipt->references[0].value, without.identificativo);
}

TEST(PecReceipts, a_recipient_without_pec_is_undelivered_unless_that_is_accepted) {
  auto external = message(Kind::accettazione, "pec.not_pec", false);
  external.recipients = {{"mario.rossi@example.it", true}};
  const auto strict = told(external);
  ASSERT_TRUE(strict);
  EXPECT_EQ(strict->kind, MESSO_RECEIPT_UNDELIVERED);
  EXPECT_EQ(strict->code, "pec.not_pec");
  EXPECT_EQ(strict->learned.size(), 1U) << "an anomaly may still speak of it";
  const auto lenient = told(external, true);
  ASSERT_TRUE(lenient);
  EXPECT_EQ(lenient->kind, MESSO_RECEIPT_MILESTONE);
  EXPECT_EQ(lenient->milestone, MESSO_MILESTONE_ACCEPTED);
  EXPECT_EQ(lenient->code, "pec.not_pec") << "it stays told";
}

TEST(PecReceipts, one_that_contradicts_itself_names_no_message_and_settles_nothing) {
  for (const Kind kind : {Kind::accettazione, Kind::avvenuta_consegna, Kind::errore_consegna}) {
    auto replayed = message(kind, "pec.header_mismatch", true);
    replayed.consistent = false;
    const auto receipt = told(replayed);
    ASSERT_TRUE(receipt);
    EXPECT_EQ(receipt->code, "pec.header_mismatch");
    EXPECT_TRUE(receipt->references.empty());
    EXPECT_TRUE(receipt->learned.empty());
    EXPECT_EQ(receipt->scope, MESSO_SCOPE_MESSAGE);
    EXPECT_EQ(receipt->verification, MESSO_VALID) << "the signature is good, and told as such";
  }
}

TEST(PecReceipts, a_bounce_wrapped_by_the_own_provider_counts_as_not_checked) {
  auto bounce = message(Kind::anomaly, "pec.undelivered", false);
  bounce.consistent = false;
  bounce.verification = Verification::valid;
  const auto receipt = told(bounce);
  ASSERT_TRUE(receipt);
  EXPECT_EQ(receipt->kind, MESSO_RECEIPT_UNDELIVERED);
  EXPECT_EQ(receipt->verification, MESSO_NOT_CHECKED) << "what the provider signed is its own wrapping, not the bounce";
  EXPECT_EQ(receipt->references.size(), 1U);
}

TEST(PecReceipts, each_verification_is_told_as_it_is) {
  const std::pair<Verification, messo_verification> rows[] = {{Verification::valid, MESSO_VALID},
                                                              {Verification::invalid, MESSO_INVALID},
                                                              {Verification::untrusted, MESSO_UNTRUSTED},
                                                              {Verification::expired, MESSO_EXPIRED},
                                                              {Verification::not_checked, MESSO_NOT_CHECKED}};
  for (const auto& [is, expected] : rows) {
    auto one = message(Kind::avvenuta_consegna, "pec.delivered", true);
    one.verification = is;
    EXPECT_EQ(told(one)->verification, expected) << to_text(is);
  }
}

TEST(PecReceipts, one_without_an_id_or_a_time_of_its_own_is_still_unique_and_dated) {
  auto bare = message(Kind::avvenuta_consegna, "pec.delivered", true);
  bare.own_message_id.clear();
  bare.at_ms = 0;
  const auto one = told(bare);
  EXPECT_EQ(one->dedupe_key.size(), std::string("sha256:").size() + 64);
  EXPECT_EQ(one->at_ms, kNow);
  EXPECT_NE(receipt_of(bare, "other bytes", false, kNow)->dedupe_key, one->dedupe_key);
  bare.own_message_id.assign(300, 'x');
  EXPECT_TRUE(told(bare)->dedupe_key.starts_with("sha256:"));
}

}  // namespace
}  // namespace messo::pec
