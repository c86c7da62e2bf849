#include "model/directory.hpp"

#include <algorithm>

#include "model/names.hpp"

namespace messo {
namespace {

constexpr names::Row<Scope> kScopes[] = {{Scope::send, "send"}, {Scope::read, "read"}, {Scope::admin, "admin"}};

}  // namespace

std::string_view to_string(Scope v) { return names::name_of<Scope>(kScopes, v); }
std::optional<Scope> parse_scope(std::string_view t) { return names::value_of<Scope>(kScopes, t); }
std::string to_string(Scopes scopes) {
  std::string out;
  for (const auto& [scope, name] : kScopes) {
    if (!scopes.has(scope)) continue;
    if (!out.empty()) out += ',';
    out += name;
  }
  return out;
}

NewApiKey make_api_key(KeyKind kind) {
  std::array<std::uint8_t, 32> random{};
  random_bytes(random);
  std::string text = kind == KeyKind::live ? "messo_live_" : "messo_test_";
  text += to_base64url(as_text(random));
  const Sha256 hash = sha256(text);
  return {Secret(std::move(text)), hash};
}

Secret make_callback_token() {
  std::array<std::uint8_t, 32> random{};
  random_bytes(random);
  return Secret(to_base64url(as_text(random)));
}

RetryPolicy default_retry(Channel channel) {
  using namespace std::chrono_literals;
  if (channel == Channel::sms || channel == Channel::push) return {{30s, 1min, 2min, 5min, 15min, 30min, 1h}, 0};
  return {{1min, 5min, 15min, 30min, 1h, 2h, 4h}, 0};  // reference/email.md, local queue schedule
}

bool Provider::serves(OrganisationId organisation) const {
  return organisations.empty() || std::ranges::find(organisations, organisation) != organisations.end();
}

const Organisation* DirectorySnapshot::organisation_by_id(OrganisationId id) const {
  const auto at = organisations.find(id);
  return at == organisations.end() ? nullptr : &at->second;
}
const Organisation* DirectorySnapshot::above(const Organisation& organisation) const {
  return organisation.parent ? organisation_by_id(*organisation.parent) : nullptr;
}
std::string_view DirectorySnapshot::region_of(OrganisationId organisation) const {
  for (const auto* one = organisation_by_id(organisation); one != nullptr; one = above(*one)) {
    if (!one->region.empty()) return one->region;
  }
  return kDefaultRegion;
}
const Organisation* DirectorySnapshot::organisation_by_key(std::string_view key) const {
  const auto at = std::ranges::find_if(organisations, [&](const auto& entry) { return entry.second.key == key; });
  return at == organisations.end() ? nullptr : &at->second;
}
const Service* DirectorySnapshot::service_by_key(OrganisationId organisation, std::string_view key) const {
  const auto at = std::ranges::find_if(
      services, [&](const auto& entry) { return entry.second.organisation == organisation && entry.second.key == key; });
  return at == services.end() ? nullptr : &at->second;
}
const Provider* DirectorySnapshot::provider_by_key(std::string_view key) const {
  const auto at = std::ranges::find_if(providers, [&](const auto& entry) { return entry.second.key == key; });
  return at == providers.end() ? nullptr : &at->second;
}
bool DirectorySnapshot::paused(PauseScope scope, std::string_view subject) const {
  return std::ranges::any_of(pauses, [&](const Pause& p) { return p.scope == scope && p.subject == subject; });
}

}  // namespace messo
