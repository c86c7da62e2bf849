// A municipality on a daemon: organisation, service, keys, the templates of this repository, and a relay to a mail server.
#pragma once
#include <map>
#include <string>

#include "scenario/support/daemon.hpp"

namespace messo::test {

struct Town {
  std::string key;       // live, scopes send and read
  std::string test_key;  // test, the same scopes
};

struct RelayOptions {
  std::uint16_t port = 0;         // of the mail server; 0: no relay, messages stay in test mode
  std::string waits = "\"1 s\"";  // retry waits, comma separated
  std::string on_doubt = "resend";
  std::string config = {};  // further lines of [provider.config]
  std::string extra = {};   // further lines of [[provider]]
  std::string tls = "none";
};

// Organisation "comune" with the registered SMS alias "ComEsempio", service "sportello"; one template is enough for most: imported and
// published are all of templates/.
Town found_town(const Daemon& daemon, const RelayOptions& relay);

// One template more, imported for "comune" and published. `files` by their paths within its folder: {"it/sms.text.mustache", "{{testo}}"}.
void publish_template(const Daemon& daemon, const std::string& key, const std::map<std::string, std::string>& files);

// A job of the template "appuntamento-promemoria" to `email`.
std::string reminder_job(const std::string& email, const std::string& reference);

// A job of the template "avviso-accertamento", with a PDF file, to the PEC address `pec`.
std::string notice_job(const std::string& pec, const std::string& reference);

}  // namespace messo::test
