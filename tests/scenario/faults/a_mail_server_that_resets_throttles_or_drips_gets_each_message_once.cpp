#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

struct Misbehaviour {
  const char* name;
  std::vector<std::string> flags;
};
class MailServerStory : public FaultStory, public ::testing::WithParamInterface<Misbehaviour> {};

TEST_P(MailServerStory, it_gets_each_message_once) {
  begin(GetParam().flags,
        {.on_doubt = "hold",
         .config = "connections = 2\nthrottle_seconds = 1\n[provider.config.timeouts]\nconnect = 2\ntls = 2\ngreeting = 2\ncommand = "
                   "2\nblock = 2\nfinal = 2\n"});
  for (int i = 0; i < 5; ++i) post(job("c" + std::to_string(i) + "@example.it"), town.key);
  expect_each_arrived_once();
}

INSTANTIATE_TEST_SUITE_P(
    MailServer, MailServerStory,
    ::testing::Values(Misbehaviour{"resets_the_connection_before_a_word", {"--fail", "connect=reset*2"}},
                      Misbehaviour{"resets_it_at_a_recipient", {"--fail", "rcpt=reset*2"}},
                      Misbehaviour{"throttles_with_450_too_many", {"--fail", "mail=reply:450 4.7.1 too many messages, slow down*3"}},
                      Misbehaviour{"throttles_recipients_with_452", {"--fail", "rcpt=reply:452 4.5.3 too many recipients*3"}},
                      Misbehaviour{"drips_its_greeting_byte_by_byte", {"--fail", "banner=drip:20*1"}},
                      Misbehaviour{"drips_its_last_word_byte_by_byte", {"--fail", "final=drip:20*3"}},
                      Misbehaviour{"never_finishes_a_reply_it_drips", {"--fail", "mail=drip:700*1"}}),
    [](const auto& chosen) { return chosen.param.name; });

}  // namespace
}  // namespace messo::test
