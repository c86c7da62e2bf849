// Receipts with the structure of real ones, signed by two providers below an authority like AgID CA1, below a root like Actalis's.
#include <atomic>
#include <thread>

#include "pec_fixture.hpp"

namespace messo::pec {
namespace {

const std::string kOurId = "hub.01J9ZQ6Y3K8W5N2V7T4R1B0C6D.1@notifiche.comune-prova.example";
const std::string kProviderId = "synth100.20260310101502.00042.1.1.1@pec.gestore-a.example";

Trust roots(const std::string& name) { return Trust::load("tests/data/pec/" + name).value(); }
std::int64_t at(const char* time) { return to_unix_ms(parse_rfc3339(time).value()); }

PecMessage read_sample(const std::string& name, const std::string& root = "root-ca.pem") {
  const auto trust = roots(root);
  return read_message(sample(name), &trust);
}

TEST(PecSamples, an_acceptance_names_the_message_and_all_its_recipients) {
  const auto m = read_sample("01-accettazione.eml");
  EXPECT_EQ(m.kind, Kind::accettazione);
  EXPECT_EQ(m.verification, Verification::valid) << m.verification_reason;
  EXPECT_EQ(m.code, "pec.accepted");
  EXPECT_FALSE(m.final);
  EXPECT_TRUE(m.consistent);
  EXPECT_TRUE(m.settles());
  EXPECT_EQ(m.own_message_id, "synth100.20260310101502.acc@pec.gestore-a.example");
  EXPECT_EQ(m.message_id, kOurId);
  EXPECT_EQ(m.identificativo, kProviderId);
  EXPECT_EQ(m.recipient, "");
  EXPECT_EQ(m.sender, "protocollo@pec.comune-prova.example");
  EXPECT_EQ(m.provider, "Gestore A S.p.A.");
  EXPECT_EQ(m.errore, "nessuno");
  ASSERT_EQ(m.recipients.size(), 3U);
  EXPECT_EQ(m.recipients[2].address, "anna.verdi@posta-ordinaria.example");
  EXPECT_TRUE(m.recipients[2].external);
  EXPECT_FALSE(m.recipients[0].external);
  EXPECT_EQ(to_rfc3339(from_unix_ms(m.at_ms)), "2026-03-10T09:15:02.000Z");
  EXPECT_EQ(m.at_original, "10/03/2026 10:15:02 +0100");
  EXPECT_TRUE(m.daticert.starts_with("<?xml"));
}

TEST(PecSamples, a_delivery_is_about_one_recipient) {
  const auto m = read_sample("05-avvenuta-consegna-completa.eml");
  EXPECT_EQ(m.kind, Kind::avvenuta_consegna);
  EXPECT_EQ(m.code, "pec.delivered");
  EXPECT_TRUE(m.final);
  EXPECT_TRUE(m.settles()) << m.verification_reason;
  EXPECT_EQ(m.recipient, "mario.rossi@pec.cittadino.example");
  EXPECT_EQ(m.receipt_type, "completa");
  EXPECT_EQ(m.message_id, kOurId);
}

TEST(PecSamples, an_unknown_address_is_told_by_its_status) {
  const auto m = read_sample("08-errore-consegna-indirizzo.eml");
  EXPECT_EQ(m.kind, Kind::errore_consegna);
  EXPECT_EQ(m.code, "pec.unknown_mailbox");
  EXPECT_EQ(m.errore, "no-dest");
  EXPECT_EQ(m.errore_esteso, "5.1.1 - Gestore B S.p.A. - indirizzo non valido");
  EXPECT_EQ(m.recipient, "ditta.bianchi@pec.impresa.example");
  EXPECT_TRUE(m.final);
  EXPECT_TRUE(m.settles());
}

TEST(PecSamples, a_warning_after_twelve_hours_is_not_final) {
  const auto m = read_sample("11-preavviso-12h.eml");
  EXPECT_EQ(m.kind, Kind::preavviso_errore_consegna);
  EXPECT_EQ(m.code, "pec.warning_12h");
  EXPECT_FALSE(m.final);
  EXPECT_TRUE(m.settles());
}

TEST(PecSamples, the_authority_below_the_root_or_one_provider_can_be_the_anchor) {
  EXPECT_EQ(read_sample("01-accettazione.eml", "pec-ca1.pem").verification, Verification::valid);
  EXPECT_EQ(read_sample("01-accettazione.eml", "gestore-a.pem").verification, Verification::valid);
  EXPECT_EQ(read_sample("08-errore-consegna-indirizzo.eml", "gestore-a.pem").verification, Verification::untrusted);
}

TEST(PecSamples, certificates_are_judged_at_the_time_that_is_asked_for) {
  const auto trust = roots("root-ca.pem");
  const auto eml = sample("01-accettazione.eml");
  EXPECT_EQ(read_message(eml, &trust, at("2035-01-01T00:00:00Z")).verification, Verification::valid);
  const auto late = read_message(eml, &trust, at("2050-01-01T00:00:00Z"));
  EXPECT_EQ(late.verification, Verification::expired);
  EXPECT_NE(late.verification_reason.find("no longer valid at 2050-01-01"), std::string::npos) << late.verification_reason;
  EXPECT_FALSE(late.settles());
  const auto early = read_message(eml, &trust, at("2020-01-01T00:00:00Z"));
  EXPECT_EQ(early.verification, Verification::expired);
  EXPECT_NE(early.verification_reason.find("not valid yet"), std::string::npos) << early.verification_reason;
}

TEST(PecSamples, a_changed_letter_makes_it_invalid) {
  const auto trust = roots("root-ca.pem");
  for (const char* word : {"stato accettato", "Ricevuta di accettazione", "PD94bWwgdmVyc2lvbj0iMS4wI"}) {
    auto changed = std::string(word);
    changed[3] = changed[3] == 'X' ? 'Y' : 'X';
    const auto m = read_message(peers::altered(sample("01-accettazione.eml"), word, changed), &trust);
    EXPECT_EQ(m.verification, Verification::invalid) << word;
    EXPECT_FALSE(m.settles());
    EXPECT_EQ(m.kind, Kind::accettazione);
  }
}

TEST(PecSamples, line_ends_of_the_store_do_not_matter) {
  const auto trust = roots("root-ca.pem");
  const auto eml = sample("05-avvenuta-consegna-completa.eml");
  for (const auto& kept : {peers::with_lf(eml), "\r\n" + eml}) EXPECT_EQ(read_message(kept, &trust).verification, Verification::valid);
}

TEST(PecSamples, an_authority_nobody_named_is_not_trusted) {
  const auto agid = Trust::agid_ca1();
  ASSERT_TRUE(agid) << agid.error().message;
  const auto m = read_message(sample("01-accettazione.eml"), &*agid);
  EXPECT_EQ(m.verification, Verification::untrusted);
  EXPECT_FALSE(m.settles());
  EXPECT_EQ(m.message_id, kOurId) << "it is told all the same";
}

TEST(PecSamples, several_threads_read_with_the_same_roots) {
  const auto trust = roots("root-ca.pem");
  const auto eml = sample("05-avvenuta-consegna-completa.eml");
  std::atomic<int> settled = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) settled += read_message(eml, &trust).settles() ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(settled, 200);
}

TEST(PecSamples, without_roots_nothing_is_checked_and_nothing_settles) {
  const auto m = read_message(sample("01-accettazione.eml"), nullptr);
  EXPECT_EQ(m.verification, Verification::not_checked);
  EXPECT_TRUE(m.consistent);
  EXPECT_FALSE(m.settles());
}

}  // namespace
}  // namespace messo::pec
