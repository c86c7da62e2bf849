// From what shall be and what is to what must change. Pure.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "config/apply_document.hpp"

namespace messo {

// A provider's configuration after its plugin's schema: defaults filled in, secrets apart.
struct CheckedProviderConfig {
  std::string config_json;
  Secret secrets_json;
  bool can_query = true;  // the plugin can be asked about messages in doubt (query/1)
  Rates recommended{};    // for such a configuration, by the plugin's schema ("x-rates"); 0: nothing said
};
// Checks `config` for a plugin and channel; an Error's fields are JSON pointers inside `config` ("/host").
using ProviderConfigCheck =
    std::function<Result<CheckedProviderConfig>(const std::string& plugin, Channel channel, const nlohmann::json& config)>;

// Whole new values by id, as DirectoryChange (store/directory_store.hpp) takes them, and a sentence for each change.
struct ApplyPlan {
  std::uint64_t base_version = 0;  // of the snapshot: commit with it as expected_version
  std::vector<Organisation> organisations;
  std::vector<Service> services;
  std::vector<ApiKey> keys;
  std::vector<Provider> providers;
  std::vector<Pause> pauses, resumed;
  std::vector<SmsSender> sms_senders;
  std::vector<std::string> sentences;  // "service comune/sportello: weight 1 -> 3"; no secrets
  std::vector<std::string> warnings;   // what will not do what one might expect; changes nothing

  bool empty() const { return sentences.empty(); }
};

// Applying the same document to the result gives an empty plan. Problems: references to nothing, what contradicts itself, provider
// configurations the plugin refuses: all at once, by pointer.
// A real provider retires the embedded test-mode provider (is_embedded_outbox) of its pool.
tl::expected<ApplyPlan, Problems> plan_apply(const ApplyDocument& document, const DirectorySnapshot& now_is,
                                             const ProviderConfigCheck& check, Instant now);

// The providers an empty store starts with, so that everything works at once in test mode: "outbox-email", ... of plugin "outbox".
bool is_embedded_outbox(const Provider& provider);
std::string embedded_outbox_key(Channel channel);

}  // namespace messo
