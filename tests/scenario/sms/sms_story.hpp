// A town that writes SMS over SMPP: the real hub with the plugin `smpp`, and an SMSC that nobody here wrote (tests/peers/npm_smpp.hpp).
#pragma once
#include <gmock/gmock.h>

#include "peers/npm_smpp.hpp"
#include "scenario/support/hub_story.hpp"

namespace messo::test {

class SmsStory : public HubStory {
 protected:
  static constexpr auto kMaria = "+393471234567";
  static constexpr auto kSender = "ComEsempio";  // registered by found_town()

  void SetUp() override;
  // `config`: further lines of [provider.config], `smsc_settings`: of NpmSmsc::set(), `settings`: of [[provider]] (TOML).
  void begin(const std::string& config = {}, const Json& smsc_settings = Json::object(), const std::string& settings = {});
  // The hub with its town, and template "sms-libero" whose text is the job's; no provider yet.
  void begin_without_provider();
  std::string provider_entry(const peers::NpmSmsc& at, const std::string& key, const std::string& config = {},
                             const std::string& settings = {}) const;

  // Posts a text to that number and returns the notification's id. `more`: further fields of the job.
  std::string posted(const std::string& text, const std::string& phone = kMaria, const Json& more = Json::object()) const;
  // Posts it and waits until the notification has that status.
  std::string ends(const std::string& text, const std::string& status, const std::string& phone = kMaria,
                   Millis limit = Millis{30'000}) const;
  // The same for a notification that was posted.
  bool reaches(const std::string& id, const std::string& status, Millis limit = Millis{30'000}) const;
  // "+393470000007" for 7.
  static std::string citizen(std::size_t number);

  // The texts that the telephone shows, whole ones only; a part that came twice fails the test.
  std::vector<std::string> shown(const std::string& phone = kMaria) const;

  std::unique_ptr<peers::NpmSmsc> smsc;
};

}  // namespace messo::test
