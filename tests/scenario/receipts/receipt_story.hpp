// A town that sends through the scripted provider: its receipts come when and as the story wants, by call or in a mailbox.
#pragma once
#include "scenario/support/scripted_story.hpp"

namespace messo::test {

class ReceiptStory : public ScriptedStory {
 protected:
  // `config`: further lines of the provider's configuration, `settings`: of the provider itself (TOML).
  void begin(const std::string& config = {}, const std::string& settings = {}) {
    daemon.start();
    town = found_town(daemon, {});
    add_provider("email", config, settings);
    callback = Json::parse(daemon.must({"provider", "show", "gestore", "--json"})).value("callback_path", "");
    EXPECT_EQ(callback.size(), std::string("/v1/callbacks/").size() + 43) << callback;
  }

  // Posts a message and waits until it is with the provider; by its address the script decides.
  std::string sent(const std::string& email = "maria@example.it") {
    const auto id = posted(email);
    EXPECT_TRUE(becomes(id, "awaiting_receipt")) << read(id).dump(1);
    return id;
  }
  std::string posted(const std::string& email) { return accepted(reminder_job(email, "story")); }
  static Json item(const std::string& key, const std::string& what, const std::string& ref) {
    return {{"id", key}, {"do", what}, {"ref", ref}};
  }
  // The provider calls.
  HttpAnswer call(const Json& body, std::vector<std::string> headers = {}, long timeout_ms = 20'000) const {
    return http({.method = "POST",
                 .url = "http://127.0.0.1:" + std::to_string(daemon.port()) + callback,
                 .headers = std::move(headers),
                 .body = body.is_string() ? body.get<std::string>() : body.dump(),
                 .timeout_ms = timeout_ms});
  }
  std::vector<std::string> acknowledged() const {
    std::vector<std::string> out;
    std::ifstream in(inbox().string() + ".acked");
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }

  static constexpr auto kPending = "script = [{ outcome = \"pending\" }]";

  std::string callback;
};

}  // namespace messo::test
