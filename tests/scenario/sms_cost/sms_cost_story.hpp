// A town that writes short messages through scripted providers of channel sms.
#pragma once
#include "scenario/support/scripted_story.hpp"

namespace messo::test {

class SmsCostStory : public ScriptedStory {
 protected:
  struct Gateway {
    std::string key;
    std::string script;         // flaky's configuration (TOML lines)
    std::string settings = {};  // further lines of [[provider]]
  };

  // `more`: further tables of the document that is applied (TOML).
  void begin(const std::vector<Gateway>& gateways, const std::string& more = {}) {
    daemon.start();
    town = found_town(daemon, {});
    publish_template(daemon, "codice",
                     {{"template.toml",
                       "key = \"codice\"\ntitle = \"Codice\"\nclass = \"courtesy\"\nlanguage = \"it\"\n"
                       "[[plan]]\nchannel = \"sms\"\n[variables.testo]\ntype = \"string\"\nexample = \"Il tuo codice: 1234\"\n"},
                      {"it/sms.text.mustache", "{{testo}}\n"}});
    apply(gateways, more);
  }
  void apply(const std::vector<Gateway>& gateways, const std::string& more = {}) {
    std::string toml = more + "\n";
    for (const Gateway& one : gateways) {
      toml += "[[provider]]\nkey = \"" + one.key + "\"\nplugin = \"flaky\"\nchannel = \"sms\"\non_doubt = \"hold\"\n" + one.settings +
              "\n[provider.config]\ncredits = 1000\nledger = \"" + ledger(one.key).string() + "\"\n" + one.script + "\n";
    }
    HubStory::apply(toml);
  }
  // What the gateway of that key has.
  std::filesystem::path ledger(const std::string& key) const { return daemon.folder() / ("ledger-" + key); }
  std::size_t arrived(const std::string& key) const {
    std::ifstream in(ledger(key));
    std::size_t lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    return lines;
  }

  static std::string job(const std::string& text, const std::string& to = "+393331234567") {
    return Json{{"template", "codice"}, {"recipient", {{"language", "it"}, {"phone", to}}}, {"data", {{"testo", text}}}}.dump();
  }
  HttpAnswer post(const std::string& text, std::vector<std::string> headers = {}) const {
    return daemon.post("/v1/notifications", town.key, job(text), std::move(headers));
  }
  std::string posted(const std::string& text = "Il tuo codice: 1234") const { return accepted(job(text)); }
};

}  // namespace messo::test
