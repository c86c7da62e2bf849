// A town that sends legal notices through the scripted provider of channel pec, whose receipts come in a mailbox.
#pragma once
#include "scenario/support/scripted_story.hpp"

namespace messo::test {

class EvidenceStory : public ScriptedStory {
 protected:
  using ScriptedStory::ScriptedStory;

  // `script`: the rules of flaky's configuration (TOML); `settings`: further lines of the provider.
  void begin(const std::string& script, const std::string& settings = {}) {
    daemon.start();
    town = found_town(daemon, {});
    publish_template(daemon, "atto",
                     {{"template.toml",
                       "key = \"atto\"\ntitle = \"Atto\"\nclass = \"legal\"\nlanguage = \"it\"\n"
                       "[[plan]]\nchannel = \"pec\"\nsuccess = \"delivered\"\n"},
                      {"it/pec.subject.mustache", "Notifica di un atto\n"},
                      {"it/pec.text.mustache", "Si notifica l'atto allegato.\n"}});
    add_provider("pec", "ledger = \"" + ledger().string() + "\"\n" + script, settings);
  }
  std::filesystem::path ledger() const { return daemon.folder() / "ledger"; }

  std::string posted(const std::string& pec = "maria@pec.example.it") {
    const Json job{{"template", "atto"}, {"recipient", {{"language", "it"}, {"pec", pec}}}, {"data", Json::object()}};
    return accepted(job.dump());
  }
  // Blobs of organisations that hold a message as it was sent.
  std::size_t kept() const {
    std::size_t found = 0;
    std::error_code error;
    for (auto at = std::filesystem::recursive_directory_iterator(daemon.data() / "blobs", error);
         !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
      if (!at->is_regular_file()) continue;
      std::string start(12, '\0');
      std::ifstream(at->path()).read(start.data(), 12);
      found += start == "Message-ID: " ? 1U : 0U;
    }
    return found;
  }
  bool timeline_has(const std::string& id, const std::string& text) const {
    return read(id).at("timeline").dump().find(text) != std::string::npos;
  }
  Json health() const { return Json::parse(daemon.get("/status", town.key).body); }
};

}  // namespace messo::test
