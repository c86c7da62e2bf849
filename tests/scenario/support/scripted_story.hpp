// A town whose provider follows a script (the plugin flaky): what it answers, and which receipts come into its mailbox and when.
#pragma once
#include "scenario/support/hub_story.hpp"

namespace messo::test {

class ScriptedStory : public HubStory {
 protected:
  using HubStory::HubStory;

  // The provider "gestore". `config`: further lines of its configuration, `settings`: of the provider itself (TOML).
  void add_provider(const std::string& channel, const std::string& config, const std::string& settings) const {
    apply("[[provider]]\nkey = \"gestore\"\nplugin = \"flaky\"\nchannel = \"" + channel + "\"\non_doubt = \"hold\"\n" + settings +
          "\n[provider.config]\ncredits = 1000\nmailboxes = [{ name = \"INBOX\", file = \"" + inbox().string() + "\", every_ms = 100 }]\n" +
          config + "\n");
  }
  std::filesystem::path inbox() const { return daemon.folder() / "inbox"; }
  // Something comes into the mailbox.
  void arrives(const Json& line) const { std::ofstream(inbox(), std::ios::app) << line.dump() + "\n"; }
  // The reference by which the provider's receipts name the newest attempt. Empty before there is one.
  std::string reference(const std::string& id) const {
    const auto attempts = delivery(id).at("attempts");
    return attempts.empty() ? std::string() : attempts.back().at("id").get<std::string>();
  }
};

}  // namespace messo::test
