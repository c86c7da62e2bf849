#include "scenario/evidence/evidence_story.hpp"

namespace messo::test {
namespace {

class Impatient : public EvidenceStory {
 protected:
  Impatient() : EvidenceStory("[receipts]\npec_acceptance = \"1 s\"\n") {}
  bool late() const { return health().dump().find("pec_acceptance_late") != std::string::npos; }
};

TEST_F(Impatient, certified_mail_nobody_accepted_is_told_until_it_is_accepted) {
  begin("script = [{ outcome = \"pending\", as_sent = 100 }]");
  const auto id = posted();
  ASSERT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
  ASSERT_TRUE(wait_until([&] { return late(); })) << health().dump(1);
  EXPECT_NE(daemon.log().find("MSO-3031"), std::string::npos);
  EXPECT_NE(daemon.admin("GET", "/metrics").body.find("messo_pec_acceptance_late 1"), std::string::npos);
  arrives({{"id", "1"}, {"do", "milestone"}, {"milestone", "accepted"}, {"ref", reference(id)}});
  ASSERT_TRUE(wait_until([&] { return !late(); })) << health().dump(1);
  EXPECT_TRUE(wait_until([&] { return daemon.log().find("MSO-3032") != std::string::npos; }));
}

}  // namespace
}  // namespace messo::test
