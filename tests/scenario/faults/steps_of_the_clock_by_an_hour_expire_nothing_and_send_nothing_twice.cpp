#include <stdlib.h>

#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

constexpr auto kFakeTime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

class ClockStory : public FaultStory {
 protected:
  // The daemon's wall clock is this machine's and an offset; monotonic time is left alone, as by a real step.
  void begin_with_own_clock(std::vector<std::string> peer_flags, RelayOptions relay) {
    step_to(0);
    const std::map<std::string, std::string> environment{{"LD_PRELOAD", kFakeTime},
                                                         {"FAKETIME_TIMESTAMP_FILE", offset_file().string()},
                                                         {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
                                                         {"FAKETIME_NO_CACHE", "1"}};
    peer = std::make_unique<SmtpPeerProcess>(std::move(peer_flags));
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    daemon.start();
    for (const auto& [name, value] : environment) ::unsetenv(name.c_str());
    relay.port = peer->port();
    town = found_town(daemon, relay);
  }
  std::filesystem::path offset_file() const { return daemon.folder() / "clock"; }
  void step_to(int seconds) const {
    const auto draft = daemon.folder() / "clock.new";
    std::ofstream(draft) << (seconds < 0 ? "" : "+") << seconds << "\n";
    std::filesystem::rename(draft, offset_file());
  }
  nlohmann::json delivery_of(const std::string& id) const { return read(id).at("steps")[0].at("deliveries")[0]; }
  std::size_t attempts_of(const std::string& id) const { return delivery_of(id).at("attempts").size(); }
  // Messages the plugin has taken so far.
  std::size_t submitted() const {
    const std::string name = "messo_provider_submitted_total{provider=\"relay\"} ", figures = daemon.admin("GET", "/metrics").body;
    const auto at = figures.find(name);
    return at == std::string::npos ? 0 : std::stoul(figures.substr(at + name.size()));
  }
};

TEST_F(ClockStory, steps_of_the_clock_by_an_hour_expire_nothing_and_send_nothing_twice) {
  if (!std::filesystem::exists(kFakeTime)) GTEST_SKIP() << "Debian's package faketime is not installed";
  begin_with_own_clock({"--fail", "rcpt[lento]=delay:2500", "--fail", "rcpt[riprova]=reply:451 4.3.0 busy*2"},
                       {.on_doubt = "hold", .config = "connections = 1\n"});
  for (const int offset : {3'600, -3'600}) {
    SCOPED_TRACE(offset);
    const auto before = submitted();
    const auto slow = post(job("lento@example.it"), town.key);
    std::vector<std::string> all{slow};  // the others wait for the only connection, inside the plugin
    for (int i = 0; i < 3; ++i) all.push_back(post(job("dietro" + std::to_string(i) + "@example.it"), town.key));
    ASSERT_TRUE(wait_until([&] { return submitted() >= before + all.size(); }));
    step_to(offset);  // from 0 an hour ahead; from there two hours back
    const auto begun = std::chrono::steady_clock::now();
    all.push_back(post(job("nuovo@example.it"), town.key));
    for (const auto& id : all) {
      EXPECT_TRUE(becomes(id, "sent")) << read(id).dump(1);
      EXPECT_EQ(attempts_of(id), 1) << read(id).at("steps").dump(1);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(15));
    std::vector<std::string> again;
    for (int i = 0; i < 4; ++i) again.push_back(post(job("riprova" + std::to_string(i) + "@example.it"), town.key));
    for (const auto& id : again) EXPECT_TRUE(becomes(id, "sent")) << read(id).dump(1);
  }
  expect_each_arrived_once();
}

TEST_F(ClockStory, a_clock_set_back_by_an_hour_delays_neither_what_was_due_nor_what_is_tried_again) {
  if (!std::filesystem::exists(kFakeTime)) GTEST_SKIP() << "Debian's package faketime is not installed";
  begin_with_own_clock({"--fail", "rcpt[riprova]=reply:451 4.3.0 busy*1"}, {.waits = "\"5 s\"", .on_doubt = "hold"});
  const auto retried = post(job("riprova@example.it"), town.key);
  ASSERT_TRUE(wait_until([&] { return attempts_of(retried) == 1 && delivery_of(retried).at("phase") == "scheduled"; }));
  daemon.must({"provider", "pause", "relay"});
  const auto due = post(job("maria@example.it"), town.key);
  auto later = job("poi@example.it");
  later["send_at"] = in(std::chrono::minutes(10));
  const auto planned = post(later, town.key);

  step_to(-3'600);
  ASSERT_TRUE(wait_until([&] { return daemon.log().find("MSO-3005") != std::string::npos; })) << daemon.log();
  daemon.must({"provider", "resume", "relay"});
  EXPECT_TRUE(becomes(due, "sent")) << read(due).dump(1);
  EXPECT_TRUE(becomes(retried, "sent")) << read(retried).dump(1);
  EXPECT_EQ(attempts_of(planned), 0) << "not before the time its sender chose";
}

}  // namespace
}  // namespace messo::test
