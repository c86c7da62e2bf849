#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

Result<ListQuery> query_of(const Exchange& exchange) {
  const auto& request = exchange.request;
  ListQuery query;
  query.visibility = exchange.caller.visibility();
  if (const auto reference = request.parameter("reference")) query.reference = std::string(*reference);
  if (const auto status = request.parameter("status")) {
    query.status = parse_notification_status(*status);
    if (!query.status) return fail_field("status", "bad_parameter", "There is no such status; GET /openapi.yaml lists them.");
  }
  if (const auto key = request.parameter("template")) query.template_key = std::string(*key);
  auto from = instant_of(request, "from"), to = instant_of(request, "to");
  if (!from) return fail(from.error());
  if (!to) return fail(to.error());
  query.from = *from;
  query.to = *to;
  if (const auto cursor = request.parameter("cursor")) {
    query.before = NotificationId::parse(*cursor);
    if (!query.before) return fail_field("cursor", "bad_parameter", "must be the next_cursor of the page before");
  }
  auto limit = limit_of(request);
  if (!limit) return fail(limit.error());
  query.limit = *limit;
  return query;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return out;
}

// The address of this page, with another cursor.
std::string page_address(const Exchange& exchange, std::string_view cursor) {
  auto out = base_url(exchange) + "/v1/notifications";
  char separator = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    out.append(1, separator).append(name).append("=").append(percent_encode(value));
    separator = '&';
  };
  for (const auto& [name, value] : exchange.request.query) {
    if (name != "cursor") add(name, value);
  }
  if (!cursor.empty()) add("cursor", cursor);
  return out;
}

}  // namespace

Response list_notifications(Exchange& exchange) {
  const auto query = query_of(exchange);
  if (!query) return parameter_error(exchange.request, query.error());
  const auto page = exchange.hub.parts.store.ledger().list(*query);
  if (!page) return answer(exchange.request, page.error());
  Json body = {{"items", Json::array()}};
  for (const auto& row : page->items) body["items"].push_back(views::summary(exchange, row));
  Json links = {{"self", {{"href", page_address(exchange, exchange.request.parameter("cursor").value_or(""))}}}};
  if (page->more && !page->items.empty()) {
    const auto next = page->items.back().id.to_string();
    body["next_cursor"] = next;
    links["next"] = {{"href", page_address(exchange, next)}};
  }
  body["_links"] = std::move(links);
  return answer(body);
}

}  // namespace messo::api::resources
