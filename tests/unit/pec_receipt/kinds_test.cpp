// Every row of the life cycle of a PEC message: what each receipt is, its code, whether more is to come.
#include "pec_fixture.hpp"

namespace messo::pec {
namespace {

struct Row {
  const char* story;
  const char* tipo;
  const char* errore;
  const char* errore_esteso;
  Kind kind;
  const char* code;
  bool final;
};

constexpr Row kRows[] = {
    {"formal defect", "non-accettazione", "altro", "5.6.0 - errore formale", Kind::non_accettazione, "pec.not_accepted", true},
    {"virus at the sender", "non-accettazione", "virus", "", Kind::non_accettazione, "pec.not_accepted_virus", true},
    {"between providers", "presa-in-carico", "nessuno", "", Kind::presa_in_carico, "pec.taken_in_charge", false},
    {"delivered", "avvenuta-consegna", "nessuno", "", Kind::avvenuta_consegna, "pec.delivered", true},
    {"unknown, by errore", "errore-consegna", "no-dest", "", Kind::errore_consegna, "pec.unknown_mailbox", true},
    {"unknown, Aruba's way", "errore-consegna", "altro", "5.1.1 - ARUBA PEC S.p.A. - indirizzo non valido", Kind::errore_consegna,
     "pec.unknown_mailbox", true},
    {"moved", "errore-consegna", "altro", "5.1.6 - X", Kind::errore_consegna, "pec.unknown_mailbox", true},
    {"full", "errore-consegna", "altro", "5.2.2 - Gestore B - casella piena", Kind::errore_consegna, "pec.mailbox_full", true},
    {"full, whatever errore says", "errore-consegna", "no-dest", "5.2.2 - casella piena", Kind::errore_consegna, "pec.mailbox_full", true},
    {"full, another class", "errore-consegna", "altro", "4.2.2 piena", Kind::errore_consegna, "pec.mailbox_full", true},
    {"disabled", "errore-consegna", "altro", "5.2.1 - casella disabilitata", Kind::errore_consegna, "pec.mailbox_disabled", true},
    {"no domain, by errore", "errore-consegna", "no-dominio", "", Kind::errore_consegna, "pec.domain_unknown", true},
    {"no domain, by status", "errore-consegna", "altro", "5.1.2 - dominio", Kind::errore_consegna, "pec.domain_unknown", true},
    {"virus at the recipient", "errore-consegna", "virus", "", Kind::errore_consegna, "pec.virus", true},
    {"something else", "errore-consegna", "altro", "5.7.1 - respinto", Kind::errore_consegna, "pec.undelivered", true},
    {"no status at all", "errore-consegna", "altro", "casella 5.2.2 piena", Kind::errore_consegna, "pec.undelivered", true},
    {"12 hours", "preavviso-errore-consegna", "altro", "4.4.1 - non nelle prime 12 ore", Kind::preavviso_errore_consegna, "pec.warning_12h",
     false},
    {"24 hours", "preavviso-errore-consegna", "altro", "5.4.1 - non nelle 24 ore", Kind::preavviso_errore_consegna, "pec.no_delivery_24h",
     true},
    {"a notice that does not say which", "preavviso-errore-consegna", "altro", "tempo massimo", Kind::preavviso_errore_consegna,
     "pec.warning_12h", false},
    {"virus, between providers", "rilevazione-virus", "virus", "", Kind::rilevazione_virus, "pec.virus_detected", false},
};

class PecKinds : public PecFixture {};

TEST_F(PecKinds, every_row_of_the_life_cycle) {
  for (const auto& row : kRows) {
    SCOPED_TRACE(row.story);
    auto receipt = about(row.tipo);
    receipt.errore = row.errore;
    receipt.errore_esteso = row.errore_esteso;
    const auto m = read(make_receipt(world().b, original, receipt));
    EXPECT_EQ(m.kind, row.kind);
    EXPECT_EQ(m.code, row.code);
    EXPECT_EQ(m.final, row.final);
    EXPECT_EQ(m.recipient, "mario.rossi@pec.cittadino.example");
    EXPECT_EQ(m.message_id, original.message_id);
    EXPECT_EQ(m.identificativo, original.identificativo);
    EXPECT_EQ(m.provider, "Gestore B S.p.A.");
    EXPECT_TRUE(m.settles()) << m.verification_reason;
  }
}

TEST_F(PecKinds, an_acceptance_tells_whether_the_recipient_has_pec) {
  auto m = read(make_receipt(world().a, original, {}));
  EXPECT_EQ(m.code, "pec.accepted");
  original.recipients = {{"anna.verdi@posta-ordinaria.example", true}};
  m = read(make_receipt(world().a, original, {}));
  EXPECT_EQ(m.code, "pec.not_pec");
  EXPECT_EQ(m.kind, Kind::accettazione);
  EXPECT_TRUE(m.settles());
  original.recipients.push_back({"mario.rossi@pec.cittadino.example", false});
  EXPECT_EQ(read(make_receipt(world().a, original, {})).code, "pec.accepted");
}

TEST_F(PecKinds, deliveries_complete_brief_and_synthetic_in_any_order_of_parts) {
  for (const char* ricevuta : {"completa", "breve", "sintetica"}) {
    for (const bool last : {false, true}) {
      auto receipt = about("avvenuta-consegna");
      receipt.ricevuta = ricevuta;
      receipt.daticert_last = last;
      receipt.plain_text_only = last;
      const auto eml = make_receipt(world().b, original, receipt);
      const auto m = read(eml);
      EXPECT_TRUE(m.settles()) << ricevuta << last << m.verification_reason;
      EXPECT_EQ(m.receipt_type, ricevuta);
      EXPECT_EQ(eml.find("postacert.eml") != std::string::npos, std::string(ricevuta) != "sintetica");
      EXPECT_EQ(eml.find("avviso.pdf.hash") != std::string::npos, std::string(ricevuta) == "breve");
    }
  }
}

TEST_F(PecKinds, inbound_mail_is_an_envelope_and_settles_nothing) {
  const auto m = read(make_envelope(world().a, original));
  EXPECT_EQ(m.kind, Kind::envelope);
  EXPECT_EQ(m.code, "pec.envelope");
  EXPECT_EQ(m.verification, Verification::valid) << m.verification_reason;
  EXPECT_EQ(m.sender, original.sender);
  EXPECT_FALSE(m.final);
  EXPECT_FALSE(m.settles());
}

TEST_F(PecKinds, ordinary_mail_is_not_pec) {
  for (const auto& eml : {original.eml, std::string(), std::string("\0\xff\n\n", 4), std::string("X-Ricevuta: qualcosa\r\n\r\n")}) {
    const auto m = read(eml);
    EXPECT_EQ(m.kind, Kind::not_pec);
    EXPECT_EQ(m.code, "");
    EXPECT_EQ(m.verification, Verification::not_checked);
    EXPECT_FALSE(m.settles());
  }
}

TEST_F(PecKinds, an_anomaly_tells_of_the_bounce_inside_it) {
  peers::PecBounce bounce;
  bounce.recipient = "anna.verdi@posta-ordinaria.example";
  bounce.returned_header = "Subject: POSTA CERTIFICATA: Avviso\r\nMessage-ID: <" + original.identificativo +
                           ">\r\nX-Riferimento-Message-ID: <" + original.message_id + ">\r\n";
  for (const bool sign : {true, false}) {
    const auto m = read(make_anomaly(world().a, original.sender, "Undelivered Mail", make_bounce(bounce), sign));
    EXPECT_EQ(m.kind, Kind::anomaly);
    EXPECT_EQ(m.code, "pec.unknown_mailbox");
    EXPECT_EQ(m.message_id, original.message_id);
    EXPECT_EQ(m.identificativo, original.identificativo);
    EXPECT_EQ(m.recipient, bounce.recipient);
    EXPECT_EQ(m.errore_esteso, "5.1.1 - smtp; 550 5.1.1 no such user");
    EXPECT_FALSE(m.final) << "nobody certified it";
    EXPECT_EQ(m.verification, sign ? Verification::valid : Verification::invalid) << m.verification_reason;
    EXPECT_FALSE(m.settles());
  }
  bounce.action = "delayed";
  bounce.status = "4.4.1";
  auto m = read(make_anomaly(world().a, original.sender, "Delayed", make_bounce(bounce)));
  EXPECT_EQ(m.code, "pec.anomaly");
  EXPECT_FALSE(m.final);
  m = read(make_anomaly(world().a, original.sender, "Buongiorno", original.eml));
  EXPECT_EQ(m.code, "pec.anomaly") << "ordinary mail that somebody wrote";
  EXPECT_EQ(m.message_id, "");
}

TEST_F(PecKinds, only_receipts_and_anomalies_are_worth_fetching) {
  const auto header_only = [](const std::string& eml) { return eml.substr(0, eml.find("\r\n\r\n") + 4); };
  EXPECT_TRUE(is_worth_fetching(header_only(make_receipt(world().a, original, {}))));
  EXPECT_TRUE(is_worth_fetching(header_only(make_anomaly(world().a, original.sender, "x", original.eml))));
  EXPECT_FALSE(is_worth_fetching(header_only(make_envelope(world().a, original))));
  EXPECT_FALSE(is_worth_fetching(header_only(original.eml)));
  EXPECT_TRUE(is_worth_fetching("x-ricevuta: Accettazione\r\nMessage-ID: <a@b>\r\n\r\n"));
  EXPECT_FALSE(is_worth_fetching("X-Ricevuta: accettazione\r\nX-Trasporto: posta-certificata\r\n\r\n"));
  EXPECT_FALSE(is_worth_fetching(""));
}

}  // namespace
}  // namespace messo::pec
