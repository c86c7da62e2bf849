#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {

Response read_status(Exchange& exchange) {
  const auto verdict = exchange.hub.health();
  const bool up = verdict.level != HealthLevel::unhealthy;
  Json body = {{"type", "about:blank"}, {"title", up ? "OK" : "Service Unavailable"}, {"status", up ? 200 : 503}};
  body["detail"] = verdict.level == HealthLevel::ok         ? "The hub is well."
                   : verdict.level == HealthLevel::degraded ? "The hub works, but needs attention: see reasons."
                                                            : "The hub takes no notifications: see reasons.";
  body["instance"] = "urn:messo:request:" + exchange.request.id;
  body["health"] = to_string(verdict.level);
  body["reasons"] = views::reasons(verdict);
  auto response = answer(body, up ? 200 : 503);
  response.content_type = "application/problem+json";
  if (!up) response.add("Retry-After", "10");
  return response;
}

}  // namespace messo::api::resources
