#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::Contains;

struct FalseReceipt {
  std::string recipient;
  std::vector<std::string> told;  // codes of the message's timeline
};

TEST_F(PecStory, a_receipt_that_is_not_genuine_is_kept_and_settles_nothing) {
  const std::vector<FalseReceipt> kinds{{"contraffatta", {"pec.accepted"}},
                                        {"manomessa", {"pec.accepted", "pec.delivered"}},
                                        {"estranea", {"pec.accepted", "pec.delivered"}},
                                        {"rotta", {"pec.accepted"}},
                                        {"rigirata", {"pec.accepted"}},
                                        {"altrui", {"pec.accepted"}}};
  begin();
  ends("sentinella", "delivered");  // whose receipts can be replayed
  std::vector<std::string> ids;
  for (const auto& kind : kinds) ids.push_back(posted(kind.recipient));
  for (const auto& id : ids) ASSERT_TRUE(reaches(id, "accepted")) << read(id).dump(1);
  everything_is_read();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(read(ids[i]).at("status"), "awaiting_receipt") << kinds[i].recipient << read(ids[i]).dump(1);
    EXPECT_EQ(told(ids[i]), kinds[i].told) << kinds[i].recipient << read(ids[i]).dump(1);
  }
}

TEST_F(PecStory, a_tampered_receipt_is_shown_as_invalid_and_a_strangers_as_untrusted) {
  begin();
  const auto tampered = posted("manomessa"), strange = posted("estranea");
  ASSERT_TRUE(wait_until([&] { return told(tampered).size() == 2 && told(strange).size() == 2; })) << read(tampered).dump(1);
  EXPECT_EQ(events(tampered, "receipt").at(0).at("details").at("verification"), "invalid");
  EXPECT_EQ(events(strange, "receipt").at(0).at("details").at("verification"), "untrusted");
}

TEST_F(PecStory, a_genuine_receipt_under_another_messages_headers_is_kept_as_one_that_contradicts_itself) {
  begin();
  ends("sentinella", "delivered");
  ASSERT_TRUE(reaches(posted("rigirata"), "accepted"));
  everything_is_read();
  std::vector<std::string> codes;
  for (const auto& receipt : receipts()) codes.push_back(receipt.value("code", ""));
  EXPECT_THAT(codes, Contains("pec.header_mismatch"));
}

}  // namespace
}  // namespace messo::test
