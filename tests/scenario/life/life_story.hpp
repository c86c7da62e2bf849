// A town with a well-behaved mail server, and jobs built member by member.
#pragma once
#include "scenario/support/hub_story.hpp"
#include "scenario/support/smtp_peer_process.hpp"

namespace messo::test {

class LifeStory : public HubStory {
 protected:
  void begin(std::vector<std::string> peer_flags = {}, RelayOptions relay = {}) {
    peer = std::make_unique<SmtpPeerProcess>(std::move(peer_flags));
    daemon.start();
    relay.port = peer->port();
    town = found_town(daemon, relay);
  }
  static nlohmann::json job(const std::string& email, const nlohmann::json& more = nlohmann::json::object()) {
    auto out = nlohmann::json::parse(reminder_job(email, "story"));
    out.update(more);
    return out;
  }
  std::string post(const nlohmann::json& what, const std::string& key) { return accepted(what.dump(), key); }

  std::unique_ptr<SmtpPeerProcess> peer;
};

inline std::string in(Millis wait) { return to_rfc3339(SystemClock().now() + wait); }

}  // namespace messo::test
