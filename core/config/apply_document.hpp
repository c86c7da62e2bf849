// What `messo apply FILE` says shall be: organisations, services, keys, providers, aliases of SMS, pauses. TOML in the file, the same tree
// as JSON over HTTP.
//
// An object the document names becomes exactly what the document says (what is left out has its default); what it does not name stays as it
// is. Pure: secrets are resolved by the command line before the document is sent (resolve_secrets).
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/document.hpp"
#include "config/schema.hpp"
#include "model/directory.hpp"

namespace messo {

// `at` in each: its JSON pointer in the document, for messages.
struct OrganisationEntry {
  std::string at, key, name;
  std::string parent;  // key; empty: none
  std::uint32_t weight = 1;
  bool retired = false;
  SmsBudget sms{};
  std::string region{};  // empty: as above it
};
struct ServiceEntry {
  std::string at, organisation, key, name;
  std::uint32_t weight = 1;
  std::map<Channel, Sender> senders;
  ServiceLimits limits;
  bool retired = false;
};
struct KeyEntry {
  std::string at, service;  // "organisation/service"
  std::string name;
  KeyKind kind = KeyKind::live;
  Scopes scopes;
  std::optional<Sha256> hash;  // absent only when revoked
  bool revoked = false;
};
struct ProviderEntry {
  std::string at, key, plugin;
  Channel channel = Channel::email;
  std::string pool;
  std::vector<std::string> organisations;  // keys; empty: all
  std::uint32_t weight = 1, concurrency = 0;
  Rates rates;
  OnDoubt on_doubt = OnDoubt::hold;
  std::vector<Verification> settle_on;  // empty: valid alone
  Isolation isolation = Isolation::none;
  std::uint32_t memory_mb = kDefaultMemoryMb;
  MicroEuro segment_cost = 0;
  std::optional<RetryPolicy> retry;
  bool enabled = true, retired = false;
  nlohmann::json config;  // as the plugin's schema wants it
};
struct PauseEntry {
  std::string at;
  PauseScope scope = PauseScope::provider;  // never batch
  std::string subject;                      // key; a service as "organisation/service"
  std::string reason;
  bool paused = true;  // false: ends the pause
};
struct SmsSenderEntry {
  std::string at, organisation, alias;
  AliasState state = AliasState::pending;
  std::string registered_on, note;
};
struct ApplyDocument {
  std::vector<OrganisationEntry> organisations;
  std::vector<ServiceEntry> services;
  std::vector<KeyEntry> keys;
  std::vector<ProviderEntry> providers;
  std::vector<PauseEntry> pauses;
  std::vector<SmsSenderEntry> sms_senders;
};

std::span<const Key> apply_schema();

// Reads the tree (from parse_toml, or Document{.root = JSON of a request}). Secrets of keys are hashed here and forgotten.
tl::expected<ApplyDocument, Problems> parse_apply_document(Document document);

// For the command line: replaces every "file:" and "env:" text in key.secret and provider.config by what it names (key.secret becomes
// secret_sha256). `read` is read_secret with the document's folder. All problems at once.
Problems resolve_secrets(Document& document, const std::function<Result<Secret>(std::string_view source)>& read);

// What becomes of a message in doubt when a provider does not say: resend where a duplicate is harmless, otherwise an operator decides.
OnDoubt default_on_doubt(Channel channel);

}  // namespace messo
