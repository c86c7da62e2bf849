#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

Json store_figures(const StoreHealth& store) {
  Json out = {{"writable", store.writable}};
  views::put(out, "problem", store.problem);
  out["bytes_free"] = store.bytes_free;
  out["bytes_used"] = store.bytes_used;
  out["commits"] = store.commits;
  out["writes"] = store.writes;
  out["commit_p50_ms"] = store.commit_p50_ms;
  out["commit_p99_ms"] = store.commit_p99_ms;
  return out;
}

Json queues(const std::vector<Depth>& depths) {
  auto out = Json::array();
  for (const auto& depth : depths) {
    Json row = {{"pool", depth.pool},       {"priority", to_string(depth.priority)},      {"waiting", depth.waiting},
                {"in_hand", depth.in_hand}, {"awaiting_receipt", depth.awaiting_receipt}, {"in_doubt", depth.in_doubt}};
    views::put(row, "oldest_due", depth.oldest_due);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace

Response admin_status(Exchange& exchange) {
  auto& hub = exchange.hub;
  const auto facts = hub.facts();
  const auto verdict = judge(facts, hub.options.health);
  Json body = {
      {"version", hub.options.version},     {"node", hub.options.node},           {"started_at", to_rfc3339(hub.options.started_at)},
      {"health", to_string(verdict.level)}, {"reasons", views::reasons(verdict)}, {"store", store_figures(facts.store)},
      {"queues", queues(facts.depths)},     {"providers", Json::array()}};
  for (const auto& provider : provider_views(exchange.directory(), facts.dispatch, facts.ports)) {
    Json row = {{"key", provider.key}, {"state", provider.state}};
    views::put(row, "detail", provider.detail);
    if (provider.restarts) row["restarts"] = *provider.restarts;
    body["providers"].push_back(std::move(row));
  }
  const auto counts = hub.parts.connections ? hub.parts.connections() : http::ConnectionGate::Counts{};
  body["connections"] = {{"open", counts.open}, {"refused", counts.refused}, {"evicted", counts.evicted}};
  return answer(body);
}

Response admin_books(Exchange& exchange) {
  const auto books = exchange.hub.parts.store.ledger().books();
  if (!books) return answer(exchange.request, books.error());
  auto closed = Json::object();
  std::uint64_t ended = 0;
  for (const auto& [result, count] : books->closed) {
    closed[std::string(to_string(result))] = count;
    ended += count;
  }
  return answer({{"accepted", books->accepted},
                 {"open", books->open},
                 {"closed", std::move(closed)},
                 {"balanced", books->accepted == books->open + ended}});
}

Response admin_audit(Exchange& exchange) {
  const auto limit = limit_of(exchange.request);
  if (!limit) return parameter_error(exchange.request, limit.error());
  const auto entries = exchange.hub.parts.store.directory().audit(*limit);
  if (!entries) return answer(exchange.request, entries.error());
  Json body = {{"items", Json::array()}};
  for (const auto& entry : *entries) {
    body["items"].push_back(
        {{"position", entry.position}, {"at", to_rfc3339(entry.at)}, {"actor", entry.actor}, {"sentence", entry.sentence}});
  }
  return answer(body);
}

}  // namespace messo::api::resources
