#include "scenario/doubt/doubt_story.hpp"

namespace messo::test {
namespace {

class ImpatientTown : public DoubtStory {
 protected:
  ImpatientTown() : hub("[doubt]\nwarn_above = 0\n") {}
  Daemon hub;
};

TEST_F(ImpatientTown, status_tells_of_doubts_and_names_the_command_to_run) {
  const SmtpPeerProcess server({"--fail", "final=drop*1"});
  hub.start();
  const Town there = found_town(hub, {.port = server.port(), .on_doubt = "hold"});
  const auto health = [&] { return nlohmann::json::parse(hub.get("/status", "").body); };
  const auto tells = [&] {
    for (const auto& reason : health().value("reasons", nlohmann::json::array())) {
      if (reason.at("reason") == "in_doubt" && reason.at("detail").get<std::string>().find("messo doubt list") != std::string::npos)
        return true;
    }
    return false;
  };
  EXPECT_FALSE(tells());
  const auto posted = hub.post("/v1/notifications", there.key, reminder_job("maria@example.it", "story"));
  const std::string id = nlohmann::json::parse(posted.body).at("id");
  ASSERT_TRUE(wait_until(tells)) << health().dump(1);
  EXPECT_EQ(health().at("health"), "degraded");
  const auto metrics = http({.url = "http://127.0.0.1:" + std::to_string(hub.admin_port()) + "/metrics"}).body;
  EXPECT_NE(metrics.find("messo_doubts{provider=\"relay\"} 1"), std::string::npos) << metrics;
  hub.must({"doubt", "close", id, "--as", "refused", "--reason", "prova"});
  EXPECT_TRUE(wait_until([&] { return !tells(); })) << health().dump(1);
}

}  // namespace
}  // namespace messo::test
