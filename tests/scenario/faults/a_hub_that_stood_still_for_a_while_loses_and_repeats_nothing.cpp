#include <signal.h>

#include <thread>

#include "scenario/faults/fault_story.hpp"
#include "support/long_check.hpp"

namespace messo::test {
namespace {

// A suspended virtual machine or an overloaded host: longer than every timeout towards the mail server. For 30 s under
// `./dev check --long`, 5 s otherwise.
TEST_F(FaultStory, a_hub_that_stood_still_for_a_while_loses_and_repeats_nothing) {
  const Millis stop = long_check() ? Millis{30'000} : Millis{5'000};
  begin({"--fail", "final=delay:100"},
        {.on_doubt = "hold",
         .config = "connections = 4\n[provider.config.timeouts]\nconnect = 1\ntls = 1\ngreeting = 1\ncommand = 1\nblock = 1\nfinal = 1\n"});
  for (int i = 0; i < 150; ++i) post(job("c" + std::to_string(i) + "@example.it"), town.key);
  ASSERT_TRUE(wait_until([&] { return peer->counts().messages > 10; }));
  daemon.signal(SIGSTOP);
  const auto until = std::chrono::steady_clock::now() + stop;
  HttpAnswer meanwhile;
  std::thread client([&] {
    meanwhile = http({.method = "POST",
                      .url = "http://127.0.0.1:" + std::to_string(daemon.port()) + "/v1/notifications",
                      .headers = {"Authorization: Bearer " + town.key, "Content-Type: application/json"},
                      .body = job("intanto@example.it").dump(),
                      .timeout_ms = 60'000});
  });
  wait_until([&] { return std::chrono::steady_clock::now() > until; }, 2 * stop);
  daemon.signal(SIGCONT);
  client.join();
  EXPECT_EQ(meanwhile.status, 202) << meanwhile.error << meanwhile.body;
  expect_each_arrived_once();
}

}  // namespace
}  // namespace messo::test
