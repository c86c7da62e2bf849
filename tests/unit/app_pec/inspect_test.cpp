// `messo pec inspect`: what it prints for programs and for people, and what it says when something is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/cli/commands.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class PecInspect : public ::testing::Test {
 protected:
  int run(std::vector<std::string> arguments) {
    out.str("");
    err.str("");
    Session session(out, err);
    std::vector<const char*> words{"messo", "pec", "inspect"};
    for (const auto& argument : arguments) words.push_back(argument.c_str());
    return run_messo(static_cast<int>(words.size()), words.data(), session);
  }
  std::ostringstream out, err;
  const std::string accepted = "tests/data/pec/01-accettazione.eml";
  const std::string root = "tests/data/pec/root-ca.pem";
};

TEST_F(PecInspect, answers_programs_with_nine_members) {
  ASSERT_EQ(run({accepted, "--roots", root, "--json"}), kOk) << err.str();
  EXPECT_EQ(json::parse(out.str()), json({{"kind", "accettazione"},
                                          {"final", false},
                                          {"code", "pec.accepted"},
                                          {"message_id", "hub.01J9ZQ6Y3K8W5N2V7T4R1B0C6D.1@notifiche.comune-prova.example"},
                                          {"identificativo", "synth100.20260310101502.00042.1.1.1@pec.gestore-a.example"},
                                          {"recipient", nullptr},
                                          {"time", "2026-03-10T09:15:02.000Z"},
                                          {"verification", "VALID"},
                                          {"settles", true}}));
}

TEST_F(PecInspect, answers_people_with_the_reason) {
  ASSERT_EQ(run({"tests/data/pec/08-errore-consegna-indirizzo.eml", "--roots", root}), kOk);
  EXPECT_THAT(out.str(), HasSubstr("Kind:            errore-consegna (final)\nCode:            pec.unknown_mailbox\n"));
  EXPECT_THAT(out.str(), HasSubstr("Recipient:       ditta.bianchi@pec.impresa.example\n"));
  EXPECT_THAT(out.str(), HasSubstr("Time:            2026-03-10T09:15:06.000Z (10/03/2026 10:15:06 +0100)\n"));
  EXPECT_THAT(out.str(), HasSubstr("VALID: signed by Gestore B S.p.A."));
  EXPECT_THAT(out.str(), HasSubstr("Settles:         yes\n"));
}

TEST_F(PecInspect, judges_at_another_time) {
  for (const char* at : {"2050-01-01T00:00:00Z", "2050-01-01"}) {
    ASSERT_EQ(run({accepted, "--roots", root, "--at", at, "--json"}), kOk);
    EXPECT_EQ(json::parse(out.str())["verification"], "EXPIRED");
    EXPECT_EQ(json::parse(out.str())["settles"], false);
  }
  ASSERT_EQ(run({accepted, "--roots", root, "--at", "2030-06-01T00:00:00+02:00"}), kOk);
  EXPECT_THAT(out.str(), HasSubstr("trusted at 2030-05-31T22:00:00.000Z"));
}

TEST_F(PecInspect, believes_agid_ca1_alone_when_no_roots_are_given) {
  ASSERT_EQ(run({accepted}), kOk);
  EXPECT_THAT(out.str(),
              HasSubstr("Verification:    UNTRUSTED: the certificate of Synthetic PEC CA1 does not lead to a trusted authority"));
  EXPECT_THAT(out.str(), HasSubstr("Settles:         no, its signature is not verified\n"));
}

TEST_F(PecInspect, tells_ordinary_mail_from_pec) {
  const auto file = std::filesystem::temp_directory_path() / ("messo-inspect-" + std::to_string(::getpid()) + ".eml");
  std::ofstream(file) << "Subject: ciao\r\n\r\nciao\r\n";
  ASSERT_EQ(run({file.string(), "--json"}), kOk);
  const auto answer = json::parse(out.str());
  EXPECT_EQ(answer["kind"], "not-pec");
  EXPECT_EQ(answer["settles"], false);
  EXPECT_TRUE(answer["code"].is_null());
  std::filesystem::remove(file);
}

TEST_F(PecInspect, says_what_is_wrong_and_what_would_be_right) {
  EXPECT_EQ(run({"tests/data/pec/nowhere.eml"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("cannot be read: check that it exists"));
  EXPECT_EQ(run({"tests/data/pec"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("give a message as a file (.eml)"));
  EXPECT_EQ(run({accepted, "--roots", "nowhere.pem"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("there is no file of roots nowhere.pem"));
  EXPECT_EQ(run({accepted, "--roots", accepted}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("there is no certificate in it: PEM is wanted"));
  EXPECT_EQ(run({accepted, "--at", "yesterday"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("--at yesterday is no time: give one like 2026-11-22T10:00:00Z"));
  EXPECT_EQ(run({}), kUsage);
}

}  // namespace
}  // namespace messo::cli
