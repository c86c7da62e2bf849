#include <signal.h>

#include <thread>

#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

// A suspended virtual machine or an overloaded host: longer than every timeout towards the mail server, each set to a fifth of the stop.
TEST_F(FaultStory, a_hub_that_stood_still_for_a_while_loses_and_repeats_nothing) {
  constexpr Millis kStop{5'000};
  begin({"--fail", "final=delay:100"},
        {.on_doubt = "hold",
         .config = "connections = 4\n[provider.config.timeouts]\nconnect = 1\ntls = 1\ngreeting = 1\ncommand = 1\nblock = 1\nfinal = 1\n"});
  for (int i = 0; i < 150; ++i) post(job("c" + std::to_string(i) + "@example.it"), town.key);
  ASSERT_TRUE(wait_until([&] { return peer->counts().messages > 10; }));
  daemon.signal(SIGSTOP);
  const auto until = std::chrono::steady_clock::now() + kStop;
  HttpAnswer meanwhile;
  std::thread client([&] { meanwhile = try_to_post("intanto@example.it"); });
  wait_until([&] { return std::chrono::steady_clock::now() > until; });
  daemon.signal(SIGCONT);
  client.join();
  EXPECT_EQ(meanwhile.status, 202) << meanwhile.error << meanwhile.body;
  expect_each_arrived_once();
}

}  // namespace
}  // namespace messo::test
