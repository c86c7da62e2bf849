// A town whose mail server does what the story says.
#pragma once
#include "scenario/support/hub_story.hpp"
#include "scenario/support/smtp_peer_process.hpp"

namespace messo::test {

class MailStory : public HubStory {
 protected:
  // `peer_flags` as in `smtp_peer --help`. The relay's timeouts are short, so that hanging servers are noticed within the story.
  void begin(std::vector<std::string> peer_flags = {}, RelayOptions relay = {}) {
    peer = std::make_unique<SmtpPeerProcess>(std::move(peer_flags));
    daemon.start();
    relay.port = peer->port();
    relay.config += "connections = 2\n[provider.config.timeouts]\nconnect = 2\ntls = 2\ngreeting = 2\ncommand = 2\nblock = 2\nfinal = 2\n";
    town = found_town(daemon, relay);
  }

  std::string post(const std::string& email) { return accepted(reminder_job(email, "story")); }
  // Waits for a status and returns the notification; fails the test when it does not come.
  nlohmann::json wait_for(const std::string& id, const std::string& status, Millis limit = Millis{30'000}) const {
    EXPECT_TRUE(becomes(id, status, limit)) << "still: " << read(id).dump(1);
    return read(id);
  }
  static nlohmann::json attempts(const nlohmann::json& notification) {
    for (const auto& step : notification.at("steps")) {
      for (const auto& delivery : step.at("deliveries")) return delivery.at("attempts");
    }
    return nlohmann::json::array();
  }
  // Waits until the first attempt of the notification has an outcome, and returns that attempt.
  nlohmann::json first_attempt(const std::string& id) const {
    const auto answered = [&] {
      const auto all = attempts(read(id));
      return !all.empty() && all[0].contains("outcome");
    };
    EXPECT_TRUE(wait_until(answered)) << read(id).dump(1);
    return attempts(read(id)).at(0);
  }

  std::unique_ptr<SmtpPeerProcess> peer;
};

}  // namespace messo::test
