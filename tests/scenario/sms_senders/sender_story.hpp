// A town in test mode whose service has an alias as its sender of SMS; what leaves is kept as files.
#pragma once
#include <fstream>

#include "scenario/support/hub_story.hpp"

namespace messo::test {

class SenderStory : public HubStory {
 protected:
  void begin(const std::string& organisation = {}) {
    daemon.start();
    town = found_town(daemon, {});
    apply(
        "[[organisation]]\nkey = \"comune\"\nname = \"Comune di Esempio\"\n" + organisation +
        "[[service]]\norganisation = \"comune\"\nkey = \"sportello\"\nname = \"Sportello\"\n[service.senders.sms]\naddress = \"Comune\"\n");
  }
  std::string apply(const std::string& toml) const {
    const auto file = daemon.folder() / "sms.toml";
    std::ofstream(file) << toml;
    const auto done = daemon.messo({"apply", "--yes", file.string()});
    EXPECT_EQ(done.status, 0) << done.out << done.err;
    return done.out + done.err;
  }
  std::string register_alias(const std::string& state) const {
    return daemon.must({"sms", "sender", "set", "Comune", "--organisation", "comune", "--state", state});
  }
  static std::string job(const std::string& phone) {
    auto job = Json::parse(reminder_job("maria@example.it", "sms"));
    job["recipient"]["phone"] = phone;
    job["plan"] = {{{"channel", "sms"}}};
    return job.dump();
  }
  HttpAnswer post(const std::string& phone, const std::string& key) const { return daemon.post("/v1/notifications", key, job(phone)); }
  std::string posted(const std::string& phone, const std::string& key) const { return accepted(job(phone), key); }
  static std::string only_code(const HttpAnswer& answer) {
    const auto problem = Json::parse(answer.body);
    return answer.status == 422 && problem.at("errors").size() == 1 ? problem["errors"][0].value("code", "") : answer.body;
  }
  // A message of the test key, which only that key sees.
  bool simulated(const std::string& id) const {
    return wait_until([&] { return Json::parse(daemon.get("/v1/notifications/" + id, town.test_key).body).at("status") == "simulated"; },
                      Millis{20'000});
  }
  // Of the only attempt.
  Json attempt(const std::string& id) const { return delivery(id).at("attempts").at(0); }
};

}  // namespace messo::test
