#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {

Response cancel_notification(Exchange& exchange) {
  const auto id = NotificationId::parse(exchange.args.front());
  if (!id) return problem(exchange.request, 404, "not_found", "There is no such notification.");
  auto& store = exchange.hub.parts.store;
  // An administrator of the whole hub acts for whichever service it belongs to.
  const auto found = store.ledger().find(exchange.caller.visibility(), *id);
  if (!found) return answer(exchange.request, found.error());
  const auto status = store.intake().cancel(found->summary.service, *id, exchange.now);
  if (!status) return answer(exchange.request, status.error());
  exchange.hub.events.ring();
  return answer({{"id", id->to_string()},
                 {"status", to_string(*status)},
                 {"mode", to_string(found->summary.kind)},
                 {"_links", views::notification_links(base_url(exchange), *id, false)}});
}

}  // namespace messo::api::resources
