// Who is believed: signatures, their makers, and when.
#include "pec_fixture.hpp"

namespace messo::pec {
namespace {

class PecTrust : public PecFixture {
 protected:
  static std::int64_t now_ms() { return to_unix_ms(SystemClock().now()); }
  static std::string old_certificate() { return world().authority.folder() + "/c.pem"; }
};

constexpr std::int64_t kDayMs = 86'400'000;

TEST_F(PecTrust, a_receipt_of_before_2016_with_sha1_still_verifies) {
  auto receipt = about("avvenuta-consegna");
  receipt.sha1 = true;
  EXPECT_EQ(read(make_receipt(world().a, original, receipt)).verification, Verification::valid);
}

TEST_F(PecTrust, another_authority_is_not_trusted) {
  peers::TestAuthority other;
  const peers::PecProvider forger(other, "Gestore A S.p.A.", "pec.gestore-a.example");
  const auto m = read(make_receipt(forger, original, about("avvenuta-consegna")));
  EXPECT_EQ(m.verification, Verification::untrusted) << m.verification_reason;
  EXPECT_FALSE(m.settles());
}

TEST_F(PecTrust, who_signs_must_be_who_writes) {
  auto receipt = about("avvenuta-consegna");
  receipt.from = world().b.address();
  const auto m = read(make_receipt(world().a, original, receipt));
  EXPECT_EQ(m.verification, Verification::invalid);
  EXPECT_NE(m.verification_reason.find("does not name the sender's address"), std::string::npos) << m.verification_reason;
  receipt.from = "Posta-Certificata@PEC.gestore-a.example";
  EXPECT_EQ(read(make_receipt(world().a, original, receipt)).verification, Verification::valid) << "letters' case does not count";
  receipt.from = world().a.address() + ", " + world().b.address();
  EXPECT_EQ(read(make_receipt(world().a, original, receipt)).verification, Verification::invalid) << "two senders are none";
}

TEST_F(PecTrust, a_second_from_field_makes_it_invalid) {
  const auto eml = "From: " + world().b.address() + "\r\n" + make_receipt(world().a, original, about("avvenuta-consegna"));
  EXPECT_EQ(read(eml).verification, Verification::invalid);
}

TEST_F(PecTrust, an_expired_certificate_counts_as_it_was_when_it_signed) {
  const peers::PecProvider old("Gestore C", "pec.gestore-c.example",
                               world().authority.issue("c", "email:posta-certificata@pec.gestore-c.example", -20, -10), "");
  auto receipt = about("avvenuta-consegna");
  EXPECT_EQ(read(make_receipt(old, original, receipt)).verification, Verification::expired) << "signed after its end";
  receipt.at_ms = now_ms() - 15 * kDayMs;
  const auto eml = make_receipt(old, original, receipt);
  const auto anchors = Trust::load(old_certificate()).value();
  EXPECT_EQ(read_message(eml, &anchors).verification, Verification::valid) << read_message(eml, &anchors).verification_reason;
  EXPECT_EQ(read_message(eml, &anchors, now_ms()).verification, Verification::expired);
}

TEST_F(PecTrust, without_a_signing_time_the_certified_time_counts) {
  const peers::PecProvider old("Gestore C", "pec.gestore-c.example",
                               world().authority.issue("c", "email:posta-certificata@pec.gestore-c.example", -20, -10), "");
  const auto anchors = Trust::load(old_certificate()).value();
  auto receipt = about("avvenuta-consegna");
  receipt.signing_time = false;
  receipt.at_ms = now_ms() - 15 * kDayMs;
  EXPECT_EQ(read_message(make_receipt(old, original, receipt), &anchors).verification, Verification::valid);
  receipt.at_ms = 0;
  EXPECT_EQ(read_message(make_receipt(old, original, receipt), &anchors).verification, Verification::expired);
}

TEST_F(PecTrust, a_signature_may_leave_out_a_certificate_that_the_receiver_has) {
  auto receipt = about("avvenuta-consegna");
  const auto signer = world().authority.issue("d", "email:posta-certificata@pec.gestore-d.example");
  const peers::PecProvider provider("Gestore D", "pec.gestore-d.example", signer, "");
  EXPECT_EQ(read(make_receipt(provider, original, receipt)).verification, Verification::valid);
}

TEST_F(PecTrust, a_server_certificate_signs_no_mail) {
  const peers::PecProvider server("Gestore A S.p.A.", "pec.gestore-a.example",
                                  world().authority.issue("server", "DNS:pec.gestore-a.example"), world().authority.ca_file());
  EXPECT_EQ(read(make_receipt(server, original, about("avvenuta-consegna"))).verification, Verification::invalid);
}

TEST_F(PecTrust, what_is_not_signed_is_invalid_but_told) {
  auto eml = make_receipt(world().a, original, about("avvenuta-consegna"));
  const auto body = eml.find("Content-Type: multipart/signed");
  eml.replace(body, 30, "Content-Type: multipart/mixed;");
  const auto m = read(eml);
  EXPECT_EQ(m.verification, Verification::invalid);
  EXPECT_EQ(m.kind, Kind::avvenuta_consegna);
  EXPECT_EQ(m.message_id, original.message_id);
  EXPECT_FALSE(m.settles());
}

TEST_F(PecTrust, roots_that_are_none_are_refused_with_a_reason) {
  EXPECT_EQ(Trust::load("tests/data/pec/nowhere.pem").error().kind, ErrorKind::not_found);
  EXPECT_EQ(Trust::load("tests/data").error().code, "pec_roots_unreadable");
  EXPECT_EQ(Trust::load("tests/data/pec/01-accettazione.eml").error().code, "pec_roots_invalid");
  EXPECT_EQ(Trust::parse("").error().code, "pec_roots_invalid");
  const auto broken = Trust::parse("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  ASSERT_FALSE(broken);
  EXPECT_NE(broken.error().message.find("certificate 1 in it is broken"), std::string::npos) << broken.error().message;
  EXPECT_TRUE(Trust::parse(sample("root-ca.pem") + sample("pec-ca1.pem")));
}

}  // namespace
}  // namespace messo::pec
