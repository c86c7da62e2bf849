// What the simulated providers write, as the reader of PEC messages understands it: if the two do not agree, one of them is wrong.
#include <gtest/gtest.h>

#include "pec_receipt/receipt.hpp"
#include "peers/pec_mint.hpp"

namespace messo::peers {
namespace {

constexpr auto kSender = "protocollo@pec.comune.example.it";

std::string submitted_text(const std::string& to, const std::string& more = {}) {
  return "From: " + std::string(kSender) + "\r\nTo: " + to + "\r\nSubject: Avviso\r\nMessage-ID: <uno@comune.example.it>\r\n" + more +
         "\r\nBuongiorno.\r\n";
}

PecSubmission submitted(const std::string& to, const std::string& more = {}, std::uint64_t max_bytes = 1000) {
  StoredMail mail;
  mail.sender = kSender;
  mail.recipients = {to};
  mail.bytes = submitted_text(to, more);
  return read_submission(mail, kSender, max_bytes);
}

class SimulatedAnswers : public ::testing::Test {
 protected:
  // The answers to a message to that recipient, read.
  std::vector<pec::PecMessage> answers(const std::string& local_part, const std::string& domain = "pec.cittadini.example.it") {
    auto submission = submitted(local_part + "@" + domain);
    EXPECT_EQ(submission.refusal, "");
    submission.identificativo = mint.new_identificativo();
    const auto shared = std::make_shared<const PecSubmission>(std::move(submission));
    const auto trust = pec::Trust::load(mint.roots_file());
    EXPECT_TRUE(trust);
    std::vector<pec::PecMessage> out;
    for (const auto& answer : pec_rule_for(shared->recipients.front()).answers) {
      const auto bytes = mint.make({.answer = answer,
                                    .recipient = shared->recipients.front(),
                                    .external = false,
                                    .submission = shared,
                                    .taken_at = std::chrono::system_clock::now()});
      out.push_back(pec::read_message(bytes, &*trust));
    }
    return out;
  }
  // "code kind verification" of each, with "final" and "settles" where they are.
  std::vector<std::string> said(const std::string& local_part, const std::string& domain = "pec.cittadini.example.it") {
    std::vector<std::string> out;
    for (const auto& message : answers(local_part, domain)) {
      out.push_back(message.code + " " + std::string(to_text(message.verification)) + (message.final ? " final" : "") +
                    (message.settles() ? " settles" : ""));
    }
    return out;
  }
  using Lines = std::vector<std::string>;

  PecMint mint;
};

TEST_F(SimulatedAnswers, are_understood_row_by_row) {
  const std::string accepted = "pec.accepted VALID settles", delivered = "pec.delivered VALID final settles";
  const auto failed = [](const std::string& code) { return code + " VALID final settles"; };
  EXPECT_EQ(said("maria.bianchi"), (Lines{accepted, delivered}));
  EXPECT_EQ(said("piena"), (Lines{accepted, failed("pec.mailbox_full")}));
  EXPECT_EQ(said("inesistente"), (Lines{accepted, failed("pec.unknown_mailbox")}));
  EXPECT_EQ(said("inesistente", "pec.gestore-a.example"), (Lines{accepted, failed("pec.unknown_mailbox")})) << "errore says \"altro\"";
  EXPECT_EQ(said("disabilitata"), (Lines{accepted, failed("pec.mailbox_disabled")}));
  EXPECT_EQ(said("dominio"), (Lines{accepted, failed("pec.domain_unknown")}));
  EXPECT_EQ(said("virus"), (Lines{accepted, "pec.virus_detected VALID settles", failed("pec.virus")}));
  EXPECT_EQ(said("infetta"), (Lines{failed("pec.not_accepted_virus")}));
  EXPECT_EQ(said("formale"), (Lines{failed("pec.not_accepted")}));
  EXPECT_EQ(said("ritardo"), (Lines{accepted, "pec.warning_12h VALID settles", delivered}));
  EXPECT_EQ(said("mai"), (Lines{accepted, "pec.warning_12h VALID settles", failed("pec.no_delivery_24h")}));
  EXPECT_EQ(said("presa"), (Lines{accepted, "pec.taken_in_charge VALID settles", failed("pec.no_delivery_24h")}));
  EXPECT_EQ(said("tardiva"), (Lines{accepted, failed("pec.undelivered"), delivered}));
  EXPECT_EQ(said("lettera"), (Lines{accepted, "pec.envelope VALID", delivered}));
  EXPECT_EQ(said("caratteri"), (Lines{accepted, delivered}));
  EXPECT_EQ(said("grande"), (Lines{accepted, delivered}));
}

TEST_F(SimulatedAnswers, that_are_not_genuine_never_settle) {
  for (const auto* recipient : {"contraffatta", "manomessa", "estranea", "rotta", "rigirata"}) {
    const auto all = answers(recipient);
    ASSERT_EQ(all.size(), 2U) << recipient;
    EXPECT_TRUE(all[0].settles()) << recipient;
    EXPECT_FALSE(all[1].settles()) << recipient << ' ' << all[1].code;
  }
  EXPECT_EQ(answers("contraffatta")[1].kind, pec::Kind::envelope);
  EXPECT_EQ(answers("manomessa")[1].verification, pec::Verification::invalid);
  EXPECT_EQ(answers("estranea")[1].verification, pec::Verification::untrusted);
}

TEST_F(SimulatedAnswers, name_the_message_and_its_time_and_whom_they_are_about) {
  const auto all = answers("mai");
  for (const auto& message : all) {
    EXPECT_EQ(message.message_id, "uno@comune.example.it");
    EXPECT_EQ(message.identificativo, all[0].identificativo);
  }
  EXPECT_EQ(all[1].recipient, "mai@pec.cittadini.example.it");
  EXPECT_GE(all[1].at_ms - all[0].at_ms, 12 * 3'600'000);
  EXPECT_GE(all[2].at_ms - all[0].at_ms, 22 * 3'600'000);
  const auto stranger = answers("altrui")[1];
  EXPECT_TRUE(stranger.settles()) << "genuine, but of a message that is not ours";
  EXPECT_NE(stranger.message_id, "uno@comune.example.it");
  const auto anonymous = answers("anonima");
  EXPECT_EQ(anonymous[1].message_id, "");
  EXPECT_EQ(anonymous[1].identificativo, anonymous[0].identificativo);
  EXPECT_TRUE(anonymous[1].settles());
  EXPECT_TRUE(answers("esterno")[0].recipients.at(0).external);
  const auto bounce = answers("anomalo")[1];
  EXPECT_EQ(bounce.kind, pec::Kind::anomaly);
  EXPECT_EQ(bounce.message_id, "uno@comune.example.it");
}

TEST_F(SimulatedAnswers, come_to_what_is_formally_right_only) {
  EXPECT_EQ(submitted("maria@pec.example.it").refusal, "");
  EXPECT_NE(submitted("maria@pec.example.it", "Bcc: luca@pec.example.it\r\n").refusal, "");
  EXPECT_NE(submitted("maria@pec.example.it", {}, 100).refusal, "") << "size times recipients";
  StoredMail mail;
  mail.recipients = {"luca@pec.example.it"};
  mail.bytes = submitted_text("maria@pec.example.it");
  EXPECT_NE(read_submission(mail, kSender, 1000).refusal, "") << "a recipient that the headers do not show";
  EXPECT_EQ(read_submission(mail, "altra@pec.comune.example.it", 1000).refusal, "il mittente del messaggio non corrisponde alla casella");
}

}  // namespace
}  // namespace messo::peers
