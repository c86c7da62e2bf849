// Doubts to look at. Deciding about one: admin_doubts_decide.cpp.
#include <charconv>

#include "api/doubt_view.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/doubt_lookup.hpp"
#include "api/resources/resources.hpp"

namespace messo::api::resources {
namespace {

// "1780000000000.0190f3c2-...": where the page before ended.
std::string cursor_text(const Doubt& last) { return std::to_string(to_unix_ms(last.since)) + "." + last.delivery.to_string(); }

std::optional<DoubtCursor> parse_cursor(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return {};
  std::int64_t since = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + dot, since);
  const auto delivery = DeliveryId::parse(text.substr(dot + 1));
  if (error != std::errc{} || end != text.data() + dot || !delivery) return {};
  return DoubtCursor{from_unix_ms(since), *delivery};
}

Result<DoubtQuery> doubt_query_of(const Exchange& exchange) {
  const auto& request = exchange.request;
  DoubtQuery query;
  query.organisation = seen_organisation(exchange);
  if (const auto key = request.parameter("organisation")) {
    const auto organisation = administered_organisation(exchange, *key, "organisation");
    if (!organisation) return fail(organisation.error());
    query.organisation = (*organisation)->id;
  }
  if (const auto key = request.parameter("provider")) {
    const auto* provider = exchange.directory().provider_by_key(*key);
    if (provider == nullptr) return fail_field("provider", "bad_parameter", "there is no such provider");
    query.provider = provider->id;
  }
  auto before = instant_of(request, "before");
  if (!before) return fail(before.error());
  query.since_before = *before;
  if (const auto cursor = request.parameter("cursor")) {
    query.after = parse_cursor(*cursor);
    if (!query.after) return fail_field("cursor", "bad_parameter", "must be the next_cursor of the page before");
  }
  auto limit = limit_of(request);
  if (!limit) return fail(limit.error());
  query.limit = *limit;
  return query;
}

}  // namespace

std::optional<OrganisationId> seen_organisation(const Exchange& exchange) {
  if (exchange.caller.whole_hub || exchange.caller.organisation == nullptr) return {};
  return exchange.caller.organisation->id;
}

Response list_doubts(Exchange& exchange) {
  const auto query = doubt_query_of(exchange);
  if (!query) return parameter_error(exchange.request, query.error());
  const auto page = exchange.hub.parts.store.doubts().list(*query);
  if (!page) return answer(exchange.request, page.error());
  const auto ports = exchange.hub.port_status();
  Json body = {{"items", Json::array()}};
  for (const Doubt& one : page->items) body["items"].push_back(views::doubt(exchange, one, ports));
  if (page->more && !page->items.empty()) body["next_cursor"] = cursor_text(page->items.back());
  return answer(body);
}

Response read_doubt(Exchange& exchange) {
  const auto id = Uuid::parse(exchange.args.front());
  if (!id) return problem(exchange.request, 404, "doubt_not_found", "There is no such message in doubt.");
  auto& store = exchange.hub.parts.store;
  const auto found = store.doubts().find(*id, seen_organisation(exchange));
  if (!found) return answer(exchange.request, found.error());
  const auto owner = store.ledger().find({}, found->notification);
  if (!owner) return answer(exchange.request, owner.error());
  return answer(views::doubt_in_full(exchange, *found, *owner));
}

}  // namespace messo::api::resources
