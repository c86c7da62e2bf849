#include <algorithm>

#include "api/field_reader.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kProviderFields[] = {"reason"};

ProviderView state_of(const std::vector<ProviderView>& all, const Provider& provider) {
  for (const auto& view : all) {
    if (view.key == provider.key) return view;
  }
  return {provider.key, "stopped", {}, {}};
}

bool serves_callers(const Exchange& exchange, const Provider& provider) {
  if (exchange.caller.whole_hub || provider.organisations.empty()) return true;
  return std::any_of(provider.organisations.begin(), provider.organisations.end(),
                     [&](const auto& id) { return exchange.caller.administers(id); });
}

const PortStatus* port_of(const std::vector<PortStatus>& ports, ProviderId id) {
  const auto at = std::find_if(ports.begin(), ports.end(), [&](const auto& port) { return port.id == id; });
  return at == ports.end() ? nullptr : &*at;
}
// What the provider is to be given; only the address by which the hub is reached from outside makes it whole.
std::string callback_url(const Exchange& exchange, const Provider& provider) {
  const auto& base = exchange.hub.options.public_url;
  return base.empty() ? std::string() : base + "/v1/callbacks/" + std::string(provider.callback_token.reveal());
}

Response set_pause(Exchange& exchange, const std::optional<std::string>& reason) {
  const auto* provider = exchange.directory().provider_by_key(exchange.args.front());
  if (provider == nullptr || provider->retired) return problem(exchange.request, 404, "not_found", "There is no such provider.");
  const auto id = provider->id;
  const std::string subject(id.value.view());
  const auto changed = edit_directory(exchange, [&](const DirectorySnapshot& now_is, DirectoryChange& change) -> Result<std::string> {
    const bool paused = now_is.paused(PauseScope::provider, subject);
    if (reason) {
      change.pauses.push_back({PauseScope::provider, subject, *reason, exchange.now});
      return "provider " + provider->key + ": paused" + (reason->empty() ? "" : " (" + *reason + ")");
    }
    if (!paused) return std::string();
    change.resumed.push_back({PauseScope::provider, subject, {}, exchange.now});
    return "provider " + provider->key + ": resumed";
  });
  if (!changed) return answer(exchange.request, changed.error());
  const auto states = provider_views(**changed, exchange.hub.dispatch_status(), exchange.hub.port_status());
  const auto& now_is = (*changed)->providers.at(id);
  return answer(views::provider(**changed, now_is, state_of(states, now_is)));
}

}  // namespace

Response list_providers(Exchange& exchange) {
  const auto& directory = exchange.directory();
  const auto ports = exchange.hub.port_status();
  const auto states = provider_views(directory, exchange.hub.dispatch_status(), ports);
  std::vector<const Provider*> shown;
  for (const auto& [id, provider] : directory.providers) {
    if (!provider.retired && serves_callers(exchange, provider)) shown.push_back(&provider);
  }
  std::sort(shown.begin(), shown.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
  Json body = {{"items", Json::array()}};
  for (const auto* provider : shown) {
    auto row = views::provider(directory, *provider, state_of(states, *provider));
    if (!exchange.caller.whole_hub) {  // of other organisations an organisation's administrator learns nothing
      row["organisations"] = Json::array();
      row["config"] = Json::object();
    } else if (const auto* port = port_of(ports, provider->id); port != nullptr) {
      if (port->tells_balance) row["tells_balance"] = true;
      if (!provider->callback_token.empty() && port->takes_calls) {
        row["callback_path"] = "/v1/callbacks/" + std::string(provider->callback_token.reveal());
        views::put(row, "callback_url", callback_url(exchange, *provider));
      }
    }
    body["items"].push_back(std::move(row));
  }
  return answer(body);
}

Response pause_provider(Exchange& exchange) {
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  FieldReader fields(*body, "", kProviderFields, findings);
  auto reason = fields.text("reason", {500, true, false});
  if (!findings.empty()) return problem(exchange.request, findings);
  return set_pause(exchange, reason.value_or(""));
}

Response resume_provider(Exchange& exchange) { return set_pause(exchange, {}); }

}  // namespace messo::api::resources
