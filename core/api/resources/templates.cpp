#include "api/resources/resources.hpp"
#include "api/resources/template_lookup.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

Json description(const CatalogueEntry& entry, bool whole) {
  auto all = describe(entry.compiled->definition());
  Json out = {{"key", entry.version.key}, {"version", entry.version.number}};
  if (whole) out["state"] = to_string(entry.version.state);
  for (const auto* name : {"title", "class", "default_language", "languages", "channels"}) out[name] = all[name];
  views::put(out, "published_at", entry.version.published_at);
  if (!whole) return out;
  for (const auto* name : {"plan", "variables", "example"}) out[name] = all[name];
  return out;
}

}  // namespace

Result<CatalogueEntryPtr> find_template(Exchange& exchange, std::string_view key, std::optional<std::uint32_t> version) {
  const auto organisation = exchange.caller.organisation->id;
  return version ? exchange.hub.catalogue.version(organisation, key, *version) : exchange.hub.catalogue.published(organisation, key);
}

std::optional<Response> need_organisation(const Exchange& exchange) {
  if (exchange.caller.organisation != nullptr) return {};
  return bad_parameter(exchange.request, "service", "Say for which service: ?service=organisation/service.");
}

Response list_templates(Exchange& exchange) {
  if (auto missing = need_organisation(exchange)) return *std::move(missing);
  const auto versions = exchange.hub.parts.store.templates().list(exchange.caller.organisation->id);
  if (!versions) return answer(exchange.request, versions.error());
  Json body = {{"items", Json::array()}};
  for (const auto& version : *versions) {
    if (version.state != TemplateState::published) continue;
    const auto entry = exchange.hub.catalogue.published(version.organisation, version.key);
    if (entry) body["items"].push_back(description(**entry, false));
  }
  return answer(body);
}

Response read_template(Exchange& exchange) {
  if (auto missing = need_organisation(exchange)) return *std::move(missing);
  const auto version = version_of(exchange.request);
  if (!version) return parameter_error(exchange.request, version.error());
  const auto entry = find_template(exchange, exchange.args.front(), *version);
  if (!entry) return answer(exchange.request, entry.error());
  return answer(description(**entry, true));
}

}  // namespace messo::api::resources
