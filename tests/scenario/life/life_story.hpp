// A town with a well-behaved mail server, and jobs built member by member.
#pragma once
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "scenario/support/smtp_peer_process.hpp"
#include "scenario/support/town.hpp"

namespace messo::test {

class LifeStory : public ::testing::Test {
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
  std::string post(const nlohmann::json& what, const std::string& key) {
    const auto answer = daemon.post("/v1/notifications", key, what.dump());
    EXPECT_EQ(answer.status, 202) << answer.body;
    return nlohmann::json::parse(answer.body).at("id");
  }
  nlohmann::json read(const std::string& id) const { return nlohmann::json::parse(daemon.get("/v1/notifications/" + id, town.key).body); }
  bool becomes(const std::string& id, const std::string& status, Millis limit = Millis{30'000}) const {
    return wait_until([&] { return read(id).at("status") == status; }, limit);
  }
  nlohmann::json books() const { return nlohmann::json::parse(daemon.admin("GET", "/v1/admin/books").body); }

  std::unique_ptr<SmtpPeerProcess> peer;
  Daemon daemon;
  Town town;
};

inline std::string in(Millis wait) { return to_rfc3339(SystemClock().now() + wait); }

}  // namespace messo::test
