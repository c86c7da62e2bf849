#include "api/resources/resources.hpp"

namespace messo::api::resources {

Response admin_apply(Exchange& exchange) {
  const auto dry_run = flag_of(exchange.request, "dry_run");
  if (!dry_run) return parameter_error(exchange.request, dry_run.error());
  const auto body = body_of(exchange);
  if (!body) return body.error();
  if (!body->is_object()) return problem(exchange.request, 400, "malformed", "The document must be a JSON object.");
  if (!exchange.hub.parts.apply) return problem(exchange.request, 503, "unavailable", "This daemon cannot apply documents.");
  const auto applied = exchange.hub.parts.apply(*body, *dry_run, exchange.caller.actor);
  if (!applied) return answer(exchange.request, applied.error());
  if (!*dry_run) exchange.hub.ring_changed();
  return answer(Json(*applied));
}

}  // namespace messo::api::resources
