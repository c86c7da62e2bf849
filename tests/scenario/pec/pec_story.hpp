// A town that notifies by certified mail: the real hub with the plugin `pec`, between two simulated providers (tests/peers/pec_provider.hpp
// says which recipient gets what).
#pragma once
#include <gmock/gmock.h>

#include "peers/pec_provider.hpp"
#include "scenario/support/hub_story.hpp"

namespace messo::test {

using peers::PecAnswerKind;
using peers::PecSimulator;

class PecStory : public HubStory {
 protected:
  static constexpr auto kMailbox = "protocollo@pec.comune.example.it";  // the simulator's own account
  static constexpr auto kCitizens = "@pec.cittadini.example.it";

  // `config`: further lines of [provider.config], `mailbox`: of [provider.config.mailbox], `settings`: of [[provider]] (TOML).
  void begin(const std::string& config = {}, const std::string& mailbox = {}, std::vector<peers::PecAccount> others = {},
             const std::string& settings = {});
  // The provider again, with other lines.
  void configure(const std::string& config = {}, const std::string& mailbox = {}, const std::string& settings = {}) const;
  // The [[provider]] of any account.
  std::string provider_entry(const std::string& key, const peers::PecAccount& account, const std::string& config = {},
                             const std::string& mailbox = {}, const std::string& settings = {}) const;

  // Posts a legal notice to that local part, or address, and returns its id.
  std::string posted(const std::string& to) const;
  // Posts it and waits until the notification has that status.
  std::string ends(const std::string& to, const std::string& status, Millis limit = Millis{30'000}) const;

  // What is known of its one delivery.
  bool has_milestone(const std::string& id, const std::string& milestone) const;
  bool reaches(const std::string& id, const std::string& milestone, Millis limit = Millis{30'000}) const;
  // Waits until the mailbox was read to its end after all that was filed: a letter that is no receipt at all, filed last, has been taken.
  // What has not happened by then will not happen.
  void everything_is_read() const;

  std::unique_ptr<PecSimulator> provider;
};

}  // namespace messo::test
