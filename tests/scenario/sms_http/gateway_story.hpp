// A town that writes SMS through a gateway over HTTP: the real hub with the plugin `sms_http`, before gateways shaped like Twilio and
// Skebby.
#pragma once
#include <gmock/gmock.h>

#include "peers/skebby_peer.hpp"
#include "peers/twilio_peer.hpp"
#include "scenario/support/hub_story.hpp"

namespace messo::test {

class GatewayStory : public HubStory {
 protected:
  static constexpr auto kMaria = "+393471234567";

  // Applies the provider "gateway" with these lines of [provider.config], as the administrator does: once to get the call-back address,
  // once with it where the gateway is told it. `settings`: of [[provider]].
  void provide(const std::string& config, const std::string& settings = {}, bool tell_callback = true) {
    apply(entry(config, settings));
    callback = "http://127.0.0.1:" + std::to_string(daemon.port()) +
               Json::parse(daemon.must({"provider", "show", "gateway", "--json"})).value("callback_path", "");
    if (tell_callback) apply(entry("callback_url = \"" + callback + "\"\n" + config, settings));
  }
  std::string posted(const std::string& phone = kMaria) const {
    auto job = Json::parse(reminder_job("maria@example.it", "story"));
    job["recipient"] = {{"language", "it"}, {"phone", phone}};
    job["plan"] = {{{"channel", "sms"}, {"success", "delivered"}}};
    return accepted(job.dump());
  }
  // Waits until the notification has that status.
  void reaches(const std::string& id, const std::string& status) const {
    EXPECT_TRUE(becomes(id, status)) << read(id).dump(1) << daemon.log();
  }
  // What the gateway calls with, and what it is answered.
  static HttpAnswer make(const peers::TwilioPeer::Call& call) {
    return http({.method = "POST",
                 .url = call.url,
                 .headers = {"X-Twilio-Signature: " + call.signature, "Content-Type: application/x-www-form-urlencoded"},
                 .body = call.body});
  }

  std::string callback;

 private:
  static std::string entry(const std::string& config, const std::string& settings) {
    return "[[provider]]\nkey = \"gateway\"\nplugin = \"sms_http\"\nchannel = \"sms\"\non_doubt = \"hold\"\n" + settings +
           "\n[provider.retry]\nwaits = [\"1 s\"]\n[provider.config]\n" + config + "\n";
  }
};

class TwilioStory : public GatewayStory {
 protected:
  // `config`: further lines of [provider.config].
  void begin(const std::string& config = {}, const std::string& settings = {}) {
    daemon.start();
    town = found_town(daemon, {});
    provide("gateway = \"twilio\"\naccount = \"" + std::string(peers::TwilioPeer::kAccount) + "\"\npassword = \"" +
                peers::TwilioPeer::kToken + "\"\nbase_url = \"" + gateway.base_url() + "\"\nsender = \"ComEsempio\"\n" + config,
            settings);
  }
  void TearDown() override { EXPECT_THAT(gateway.problems(), ::testing::IsEmpty()); }

  peers::TwilioPeer gateway{(source_folder() / "tests/data/sms/twilio.messages.subset.json").string()};
};

class SkebbyStory : public GatewayStory {
 protected:
  void begin(const std::string& config = {}, const std::string& settings = {}) {
    daemon.start();
    town = found_town(daemon, {});
    provide("gateway = \"skebby\"\naccount = \"" + std::string(peers::SkebbyPeer::kUser) + "\"\npassword = \"" +
                peers::SkebbyPeer::kPassword + "\"\nbase_url = \"" + gateway.base_url() + "\"\nsender = \"ComEsempio\"\n" + config,
            settings, false);
  }

  peers::SkebbyPeer gateway;
};

}  // namespace messo::test
