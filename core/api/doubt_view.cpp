#include "api/doubt_view.hpp"

#include <algorithm>

#include "api/views.hpp"

namespace messo::api {
namespace {

constexpr std::string_view kDecide =
    "Look on the provider's own side (its log, its console, the recipient) whether it has the message: then close it as sent, or have it "
    "sent again.";

DoubtStanding asked_standing(const Doubt& doubt, const DoubtProvider& provider) {
  if (!provider.running)
    return {false, "not_running", "The provider does not run; it is asked when it does. `messo provider list` says why."};
  if (!provider.can_query) {
    return {false, "cannot_be_asked", "The provider's on_doubt is \"ask\", but its plugin cannot be asked. " + std::string(kDecide)};
  }
  return {true, "asking",
          doubt.asks == 0 ? "The provider is about to be asked; wait for its answer."
                          : "The provider was asked and is asked again; wait for its answer."};
}

DoubtProvider provider_of(const Exchange& exchange, const Doubt& doubt, const std::vector<PortStatus>& ports) {
  DoubtProvider out;
  const auto known = exchange.directory().providers.find(doubt.provider);
  if (known != exchange.directory().providers.end()) {
    out.known = !known->second.retired;
    out.on_doubt = known->second.on_doubt;
  }
  const auto port = std::ranges::find(ports, doubt.provider, &PortStatus::id);
  if (port != ports.end()) {
    out.running = port->running;
    out.can_query = port->can_query;
  }
  return out;
}

}  // namespace

DoubtStanding standing(const Doubt& doubt, const DoubtProvider& provider) {
  const std::string decide(kDecide);
  switch (doubt.held) {
    case Held::no: break;
    case Held::crashed:
      return {false, "crashed",
              "The hub died several times in a row with this message in hand. Look at the log of those moments before it is sent again. " +
                  decide};
    case Held::asked_in_vain: return {false, "asked_in_vain", "The provider was asked for a day and could not say. " + decide};
    case Held::cannot_say: return {false, "cannot_say", "The provider has no way to tell what became of this attempt. " + decide};
  }
  if (!provider.known) return {false, "not_running", "The provider is gone. " + decide};
  switch (provider.on_doubt) {
    case OnDoubt::ask: return asked_standing(doubt, provider);
    case OnDoubt::resend: return {false, "no_attempts_left", "No attempt is left that its provider's policy allows. " + decide};
    case OnDoubt::hold: break;
  }
  return {false, "policy", "Its provider leaves the decision to you. " + decide};
}

namespace views {

Json doubt(const Exchange& exchange, const Doubt& doubt, const std::vector<PortStatus>& ports) {
  const auto& directory = exchange.directory();
  const auto service = directory.services.find(doubt.service);
  const auto provider = provider_of(exchange, doubt, ports);
  const auto stands = standing(doubt, provider);
  Json out = {{"id", doubt.delivery.to_string()},
              {"notification", doubt.notification.to_string()},
              {"attempt", doubt.attempt.to_string()},
              {"organisation", organisation_key(directory, doubt.organisation)},
              {"service", service == directory.services.end() ? std::string() : service->second.key},
              {"provider", provider_key(exchange, doubt.provider)},
              {"channel", to_string(doubt.channel)},
              {"mode", to_string(doubt.kind)},
              {"since", to_rfc3339(doubt.since)},
              {"expires_at", to_rfc3339(doubt.expires_at)},
              {"cause", doubt.code.empty() ? std::string("crash") : doubt.code},
              {"crashes", doubt.crashes},
              {"state", stands.asking ? "asking" : "held"},
              {"why", stands.why},
              {"advice", stands.advice},
              {"can_be_asked", provider.running && provider.can_query},
              {"questions", doubt.asks}};
  put(out, "asked_at", doubt.asked_at);
  if (stands.asking) put(out, "ask_at", doubt.ask_at);
  return out;
}

Json doubt_in_full(Exchange& exchange, const Doubt& found, const NotificationView& owner) {
  Json out = doubt(exchange, found, exchange.hub.port_status());
  const Json whole = notification(exchange, owner);
  for (const char* name : {"template", "class", "priority", "accepted_at", "reference", "protocol", "case"}) {
    if (whole.contains(name)) out[name] = whole[name];
  }
  out["attempts"] = Json::array();
  for (const Json& step : whole["steps"]) {
    for (const Json& delivery : step.value("deliveries", Json::array())) {
      if (delivery["id"] == out["id"]) out["attempts"] = delivery["attempts"];
    }
  }
  out["timeline"] = whole["timeline"];
  return out;
}

}  // namespace views
}  // namespace messo::api
