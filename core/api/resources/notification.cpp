#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {

Response read_notification(Exchange& exchange) {
  const auto id = NotificationId::parse(exchange.args.front());
  if (!id) return problem(exchange.request, 404, "not_found", "There is no such notification.");
  const auto found = exchange.hub.parts.store.ledger().find(exchange.caller.visibility(), *id);
  if (!found) return answer(exchange.request, found.error());
  return answer(views::notification(exchange, *found));
}

}  // namespace messo::api::resources
