#include "api/views.hpp"

#include "base/hash.hpp"

namespace messo::api::views {

void put(Json& out, const char* name, std::string_view text) {
  if (!text.empty()) out[name] = text;
}
void put(Json& out, const char* name, const std::optional<Instant>& at) {
  if (at) out[name] = to_rfc3339(*at);
}

std::string organisation_key(const DirectorySnapshot& directory, OrganisationId id) {
  const auto at = directory.organisations.find(id);
  return at == directory.organisations.end() ? std::string() : at->second.key;
}
std::string service_address(const DirectorySnapshot& directory, ServiceId id) {
  const auto at = directory.services.find(id);
  if (at == directory.services.end()) return {};
  return organisation_key(directory, at->second.organisation) + "/" + at->second.key;
}
std::string provider_key(const Exchange& exchange, ProviderId id) {
  const auto& providers = exchange.directory().providers;
  if (const auto at = providers.find(id); at != providers.end()) return at->second.key;
  for (const auto& port : exchange.hub.port_status()) {
    if (port.id == id) return port.key;
  }
  return id.to_string();
}

Json template_version(const TemplateVersion& version) {
  Json out = {{"key", version.key},
              {"version", version.number},
              {"state", to_string(version.state)},
              {"title", version.title},
              {"class", to_string(version.template_class)},
              {"default_language", version.default_language},
              {"created_at", to_rfc3339(version.created_at)}};
  put(out, "published_at", version.published_at);
  return out;
}

Json sms_budget(const SmsBudget& budget) {
  return {{"sms_segments_per_day", budget.segments_per_day}, {"sms_cost_per_day", euro_text(budget.cost_per_day)}};
}

Json organisation(const DirectorySnapshot& directory, const Organisation& organisation) {
  Json out = {{"id", organisation.id.to_string()}, {"key", organisation.key}, {"name", organisation.name}};
  if (organisation.parent) put(out, "parent", organisation_key(directory, *organisation.parent));
  out["weight"] = organisation.weight;
  out["limits"] = sms_budget(organisation.sms);
  out["region"] = directory.region_of(organisation.id);
  out["region_inherited"] = organisation.region.empty();
  out["retired"] = organisation.retired;
  out["paused"] = directory.paused(PauseScope::organisation, organisation.id.value.view());
  return out;
}

Json service(const DirectorySnapshot& directory, const Service& service) {
  auto senders = Json::object();
  for (const auto& [channel, sender] : service.senders) {
    Json row = {{"address", sender.address}};
    put(row, "name", sender.name);
    put(row, "reply_to", sender.reply_to);
    senders[std::string(to_string(channel))] = std::move(row);
  }
  Json limits = {{"requests_per_second", service.limits.requests_per_second}, {"queued", service.limits.queued}};
  limits.update(sms_budget(service.limits.sms));
  return {{"id", service.id.to_string()},
          {"organisation", organisation_key(directory, service.organisation)},
          {"key", service.key},
          {"name", service.name},
          {"weight", service.weight},
          {"senders", std::move(senders)},
          {"limits", std::move(limits)},
          {"retired", service.retired},
          {"paused", directory.paused(PauseScope::service, service.id.value.view())}};
}

Json key(const DirectorySnapshot& directory, const ApiKey& key) {
  auto scopes = Json::array();
  for (const auto scope : {Scope::send, Scope::read, Scope::admin}) {
    if (key.scopes.has(scope)) scopes.push_back(to_string(scope));
  }
  Json out = {{"id", key.id.to_string()},
              {"service", service_address(directory, key.service)},
              {"name", key.name},
              {"kind", to_string(key.kind)},
              {"scopes", std::move(scopes)},
              {"created_at", to_rfc3339(key.created_at)}};
  put(out, "revoked_at", key.revoked_at);
  return out;
}

namespace {
Json settle_words(const Provider& provider) {
  auto out = Json::array();
  for (const Verification one : provider.settle_on) out.push_back(to_string(one));
  if (out.empty()) out.push_back(to_string(Verification::valid));
  return out;
}
}  // namespace

Json provider(const DirectorySnapshot& directory, const Provider& provider, const ProviderView& state) {
  auto organisations = Json::array();
  for (const auto& id : provider.organisations) organisations.push_back(organisation_key(directory, id));
  auto config = Json::parse(provider.config_json, nullptr, false);
  Json out = {{"id", provider.id.to_string()},
              {"key", provider.key},
              {"plugin", provider.plugin},
              {"channel", to_string(provider.channel)},
              {"pool", provider.pool},
              {"organisations", std::move(organisations)},
              {"config", config.is_object() ? std::move(config) : Json::object()},
              {"weight", provider.weight},
              {"concurrency", provider.concurrency},
              {"segment_cost", euro_text(provider.segment_cost)},
              {"rates",
               {{"per_second", provider.rates.per_second},
                {"per_minute", provider.rates.per_minute},
                {"per_hour", provider.rates.per_hour},
                {"per_day", provider.rates.per_day}}},
              {"on_doubt", to_string(provider.on_doubt)},
              {"settle_on", settle_words(provider)},
              {"isolation", to_string(provider.isolation)},
              {"memory_mb", provider.memory_mb},
              {"enabled", provider.enabled},
              {"retired", provider.retired},
              {"version", provider.version},
              {"paused", false}};
  for (const auto& pause : directory.pauses) {
    if (pause.scope != PauseScope::provider || pause.subject != provider.id.value.view()) continue;
    out["paused"] = true;
    put(out, "pause_reason", pause.reason);
  }
  out["state"] = state.state;
  put(out, "detail", state.detail);
  if (state.share) out["share"] = *state.share;
  if (state.restarts) out["restarts"] = *state.restarts;
  return out;
}

Json reasons(const HealthVerdict& verdict) {
  auto out = Json::array();
  for (const auto& reason : verdict.reasons) {
    out.push_back({{"reason", reason.reason}, {"severity", to_string(reason.severity)}, {"detail", reason.detail}});
  }
  return out;
}

}  // namespace messo::api::views
