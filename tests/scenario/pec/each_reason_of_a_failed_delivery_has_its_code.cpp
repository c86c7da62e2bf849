#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;

struct FailedDelivery {
  std::string recipient, code;
};

TEST_F(PecStory, each_reason_of_a_failed_delivery_has_its_code) {
  const std::vector<FailedDelivery> failures{{"piena", "pec.mailbox_full"},
                                             {"inesistente", "pec.unknown_mailbox"},
                                             // This provider says errore="altro", and only the extended code tells.
                                             {"inesistente@pec.gestore-a.example", "pec.unknown_mailbox"},
                                             {"disabilitata", "pec.mailbox_disabled"},
                                             {"dominio", "pec.domain_unknown"},
                                             // Beside it comes a rilevazione-virus, which is between the providers and is passed over.
                                             {"virus", "pec.virus"}};
  begin();
  std::vector<std::string> ids;
  for (const auto& failure : failures) ids.push_back(posted(failure.recipient));
  for (std::size_t i = 0; i < failures.size(); ++i) {
    ASSERT_TRUE(becomes(ids[i], "undelivered")) << failures[i].recipient << read(ids[i]).dump(1);
    EXPECT_THAT(told(ids[i]), ElementsAre("pec.accepted", failures[i].code)) << failures[i].recipient;
    EXPECT_TRUE(has_milestone(ids[i], "accepted")) << "sending is proven all the same: " << failures[i].recipient;
    EXPECT_FALSE(delivery(ids[i]).at("disputed"));
  }
  EXPECT_EQ(provider->taken().size(), failures.size()) << "nothing is sent again";
}

}  // namespace
}  // namespace messo::test
