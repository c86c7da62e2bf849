// Who may send, through whom, with what limits. Lives in the store, versioned and audited.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/secret.hpp"
#include "model/ids.hpp"
#include "model/money.hpp"
#include "model/outcome.hpp"
#include "model/sms_sender.hpp"
#include "model/words.hpp"

namespace messo {

// Keys (`key` members) are slugs: [a-z0-9][a-z0-9-]{0,62}; organisations' and providers' are unique, services' unique in their
// organisation. `retired`: kept for history, does nothing any more.

inline constexpr std::string_view kDefaultRegion = "IT";

// What SMS may take on a day, in all; 0: no limit of its own.
struct SmsBudget {
  std::uint64_t segments_per_day = 0;
  MicroEuro cost_per_day = 0;
  bool limits() const { return segments_per_day > 0 || cost_per_day > 0; }
  bool operator==(const SmsBudget&) const = default;
};

struct Organisation {
  OrganisationId id;
  std::optional<OrganisationId> parent;
  std::string key;
  std::string name;
  std::uint32_t weight = 1;  // share in fair queueing, 1..1000
  Secret hmac_key;           // 32 bytes, made with the organisation, never shown
  bool retired = false;
  // ISO 3166-1 alpha-2: where its phone numbers without a country code are. Empty: as above it, at the top kDefaultRegion.
  std::string region{};
  SmsBudget sms{};  // of all services of it and of the organisations below it
};

// Who a message comes from on one channel.
struct Sender {
  std::string address;   // email address, SMS sender id, ...
  std::string name;      // display name, may be empty
  std::string reply_to;  // may be empty
};

struct ServiceLimits {
  std::uint32_t requests_per_second = 0;  // 0: no limit of its own
  std::uint64_t queued = 0;               // open deliveries; 0: no limit of its own
  SmsBudget sms{};
};

struct Service {
  ServiceId id;
  OrganisationId organisation;
  std::string key;
  std::string name;
  std::uint32_t weight = 1;
  std::map<Channel, Sender> senders;
  ServiceLimits limits;
  bool retired = false;
};

// What a key may do. A bit set; stored.
enum class Scope : std::uint8_t { send = 1, read = 2, admin = 4 };
struct Scopes {
  std::uint8_t bits = 0;
  bool has(Scope s) const { return (bits & static_cast<std::uint8_t>(s)) != 0; }
  void add(Scope s) { bits = static_cast<std::uint8_t>(bits | static_cast<std::uint8_t>(s)); }
  bool operator==(const Scopes&) const = default;
};
std::string_view to_string(Scope scope);
std::optional<Scope> parse_scope(std::string_view text);
std::string to_string(Scopes scopes);  // "send,read"

// The secret itself ("messo_live_" or "messo_test_" + base64url of 32 random bytes) is shown once and kept only as SHA-256 of that text.
struct ApiKey {
  KeyId id;
  ServiceId service;
  std::string name;  // unique in its service
  KeyKind kind = KeyKind::live;
  Scopes scopes;
  Sha256 hash{};
  Instant created_at{};
  std::optional<Instant> revoked_at;
};
struct NewApiKey {
  Secret secret;
  Sha256 hash{};
};
NewApiKey make_api_key(KeyKind kind);

// 0 = unlimited. Token buckets hold one window's worth.
struct Rates {
  std::uint32_t per_second = 0;
  std::uint32_t per_minute = 0;
  std::uint32_t per_day = 0;
  std::uint32_t per_hour = 0;
  bool operator==(const Rates&) const = default;
};

// Waits between attempts: `waits[n-1]` after the n-th counted attempt, the last one repeated, ±20 % jitter; at most `max_attempts` counted.
struct RetryPolicy {
  std::vector<Seconds> waits;
  std::uint32_t max_attempts = 0;  // 0: until it expires
  bool operator==(const RetryPolicy&) const = default;
};
RetryPolicy default_retry(Channel channel);
// 256 random bits, base64url: the end of a provider's call-back address.
Secret make_callback_token();

inline constexpr std::uint32_t kDefaultMemoryMb = 512;  // of a plugin in a process of its own

// One configured instance of a plugin, serving one channel.
struct Provider {
  ProviderId id;
  std::string key;
  std::string plugin;  // bare name of the library: "smtp"
  Channel channel = Channel::email;
  std::string pool;                           // the pool it serves; by default named like its channel; "test" serves test keys
  std::vector<OrganisationId> organisations;  // empty: all
  std::string config_json;                    // without the members the plugin's schema marks x-secret
  Secret secrets_json;                        // those members; sealed at rest
  std::uint32_t weight = 1;
  std::uint32_t concurrency = 0;  // messages in the plugin's hands at once; 0: what the plugin grants
  Rates rates;
  OnDoubt on_doubt = OnDoubt::hold;
  std::vector<Verification> settle_on;  // receipts of these verifications change states; empty: valid alone; never `invalid`
  Secret callback_token;                // the unguessable end of its call-back address; sealed at rest; empty: takes no calls
  Isolation isolation = Isolation::none;
  std::uint32_t memory_mb = kDefaultMemoryMb;  // MiB its own process may use; 0: no limit. Counts in Isolation::process only
  std::optional<RetryPolicy> retry;            // absent: default_retry(channel)
  bool enabled = true;
  bool retired = false;
  MicroEuro segment_cost = 0;  // of one segment of an SMS; 0: not known
  std::uint64_t version = 0;   // rises with every change

  bool serves(OrganisationId organisation) const;
};

// An overlay read when leasing: nothing is rewritten when something is paused.
enum class PauseScope : std::uint8_t { organisation = 1, service = 2, provider = 3, batch = 4, pool = 5 };
struct Pause {
  PauseScope scope = PauseScope::provider;
  std::string subject;  // 16 id bytes, or the pool's name
  std::string reason;
  Instant since{};
};

// Everything at one version; immutable, shared. Look-ups are by the maps.
struct DirectorySnapshot {
  std::uint64_t version = 0;
  std::unordered_map<OrganisationId, Organisation> organisations;
  std::unordered_map<ServiceId, Service> services;
  std::vector<ApiKey> keys;
  std::unordered_map<ProviderId, Provider> providers;
  std::vector<Pause> pauses;
  std::map<std::pair<OrganisationId, std::string>, SmsSender> sms_senders;  // by organisation and alias

  // Null: there is none.
  const Organisation* organisation_by_id(OrganisationId id) const;
  // The one above; null at the top. There are no cycles.
  const Organisation* above(const Organisation& organisation) const;
  // Its own, or that of the nearest organisation above which has one.
  std::string_view region_of(OrganisationId organisation) const;
  const Organisation* organisation_by_key(std::string_view key) const;
  const Service* service_by_key(OrganisationId organisation, std::string_view key) const;
  const Provider* provider_by_key(std::string_view key) const;
  bool paused(PauseScope scope, std::string_view subject) const;
};
using DirectoryPtr = std::shared_ptr<const DirectorySnapshot>;

}  // namespace messo
