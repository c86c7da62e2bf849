// Receipts without a delivery, mailboxes, and what waits in quarantine.
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

Json receipt_view(const Exchange& exchange, const StoredReceipt& row) {
  const Receipt& receipt = row.receipt;
  Json out = {{"id", row.id.to_string()},
              {"provider", views::provider_key(exchange, row.provider)},
              {"received_at", to_rfc3339(row.received_at)},
              {"happened_at", to_rfc3339(receipt.at)},
              {"kind", to_string(receipt.kind)}};
  if (receipt.milestone != Milestone::none) out["milestone"] = to_string(receipt.milestone);
  out["verification"] = to_string(receipt.verification);
  out["settles"] = row.settles;
  if (receipt.scope != OutcomeScope::message) out["scope"] = to_string(receipt.scope);
  out["code"] = receipt.code;
  views::put(out, "text", receipt.public_text);
  if (receipt.raw) out["original_sha256"] = to_hex(as_text(receipt.raw->digest));
  if (row.notification) out["notification"] = row.notification->to_string();
  if (row.delivery) {
    out["delivery"] = row.delivery->to_string();
    return out;
  }
  out["references"] = Json::array();
  for (const Reference& r : receipt.references) out["references"].push_back({{"kind", r.kind}, {"value", r.value}, {"part", r.part}});
  for (const Reference& r : receipt.learned) out["learned"].push_back({{"kind", r.kind}, {"value", r.value}});
  return out;
}

Json quarantine_view(const Exchange& exchange, const QuarantinedItem& item) {
  return {{"id", item.id.to_string()},
          {"provider", views::provider_key(exchange, item.provider)},
          {"mailbox", item.mailbox},
          {"item", item.item},
          {"tries", item.tries},
          {"reason", item.code},
          {"problem", item.problem},
          {"size", item.size},
          {"kept", item.raw.has_value()},
          {"first_at", to_rfc3339(item.first_at)},
          {"last_at", to_rfc3339(item.last_at)}};
}

// The provider of the query, if one is named.
Result<std::optional<ProviderId>> named_provider(const Exchange& exchange) {
  const auto key = exchange.request.parameter("provider");
  if (!key) return std::optional<ProviderId>{};
  const auto* provider = exchange.directory().provider_by_key(*key);
  if (provider == nullptr) return fail_field("provider", "bad_parameter", "there is no such provider");
  return std::optional(provider->id);
}

Result<QuarantinedItem> named_item(const Exchange& exchange) {
  const auto id = QuarantineId::parse(exchange.args.front());
  if (!id) return fail(ErrorKind::not_found, "no_such_item", "There is no such item in quarantine.");
  return exchange.hub.parts.store.mailboxes().quarantined(*id);
}

// The bytes as they are.
Response answer_blob(Exchange& exchange, OrganisationId owner, const BlobId& id) {
  auto& blobs = exchange.hub.parts.store.blobs();
  const auto size = blobs.size(owner, id);
  if (!size) return answer(exchange.request, size.error());
  auto bytes = blobs.read(owner, id, 0, *size);
  if (!bytes) return answer(exchange.request, bytes.error());
  Response response;
  response.content_type = "application/octet-stream";
  response.body = *std::move(bytes);
  return response;
}

// Does it, writes who did into the audit, and has the mailbox looked at.
template <class F>
Response decide(Exchange& exchange, std::string_view word, F&& act) {
  const auto item = named_item(exchange);
  if (!item) return answer(exchange.request, item.error());
  if (const Status done = act(exchange.hub.parts.store.mailboxes(), item->id); !done) return answer(exchange.request, done.error());
  const auto sentence = "receipts of " + views::provider_key(exchange, item->provider) + ": item " + item->id.to_string() + " of mailbox " +
                        item->mailbox + " " + std::string(word);
  const auto written =
      edit_directory(exchange, [&](const DirectorySnapshot&, DirectoryChange&) -> Result<std::string> { return sentence; });
  if (!written) return answer(exchange.request, written.error());
  if (auto* poller = exchange.hub.parts.poller) poller->look(item->provider, item->mailbox);
  return answer(quarantine_view(exchange, *item));
}

}  // namespace

Response list_receipts(Exchange& exchange) {
  const auto limit = limit_of(exchange.request);
  if (!limit) return parameter_error(exchange.request, limit.error());
  const auto unmatched = flag_of(exchange.request, "unmatched");
  if (!unmatched) return parameter_error(exchange.request, unmatched.error());
  const auto provider = named_provider(exchange);
  if (!provider) return parameter_error(exchange.request, provider.error());
  ReceiptQuery query{*unmatched, *provider, {}, *limit + 1};
  if (const auto cursor = exchange.request.parameter("cursor")) {
    query.before = ReceiptId::parse(*cursor);
    if (!query.before) return bad_parameter(exchange.request, "cursor", "must be the `next_cursor` of the page before");
  }
  auto rows = exchange.hub.parts.store.receipts().list(query);
  if (!rows) return answer(exchange.request, rows.error());
  Json body = {{"items", Json::array()}};
  const bool more = rows->size() > *limit;
  if (more) rows->resize(*limit);
  for (const auto& row : *rows) body["items"].push_back(receipt_view(exchange, row));
  if (more) body["next_cursor"] = rows->back().id.to_string();
  return answer(body);
}

Response list_quarantine(Exchange& exchange) {
  const auto limit = limit_of(exchange.request);
  if (!limit) return parameter_error(exchange.request, limit.error());
  const auto provider = named_provider(exchange);
  if (!provider) return parameter_error(exchange.request, provider.error());
  const auto items = exchange.hub.parts.store.mailboxes().quarantine(*provider, *limit);
  if (!items) return answer(exchange.request, items.error());
  Json body = {{"items", Json::array()}};
  for (const auto& item : *items) body["items"].push_back(quarantine_view(exchange, item));
  return answer(body);
}

Response read_quarantined(Exchange& exchange) {
  const auto item = named_item(exchange);
  return item ? answer(quarantine_view(exchange, *item)) : answer(exchange.request, item.error());
}

Response read_quarantined_raw(Exchange& exchange) {
  const auto item = named_item(exchange);
  if (!item) return answer(exchange.request, item.error());
  if (!item->raw) return problem(exchange.request, 404, "not_kept", "The plugin did not hand out the item's bytes.");
  return answer_blob(exchange, OrganisationId{item->provider.value}, *item->raw);
}

Response read_receipt_original(Exchange& exchange) {
  const auto id = ReceiptId::parse(exchange.args.front());
  if (!id) return problem(exchange.request, 404, "no_such_receipt", "There is no such receipt.");
  const auto row = exchange.hub.parts.store.receipts().read(*id);
  if (!row) return answer(exchange.request, row.error());
  if (!row->receipt.raw) return problem(exchange.request, 404, "not_kept", "The plugin did not hand out the receipt's original.");
  return answer_blob(exchange, row->receipt.raw_owner, *row->receipt.raw);
}

Response retry_quarantined(Exchange& exchange) {
  return decide(exchange, "is fetched again", [](MailboxStore& boxes, QuarantineId id) { return boxes.retry(id); });
}

Response drop_quarantined(Exchange& exchange) {
  return decide(exchange, "was dropped", [&](MailboxStore& boxes, QuarantineId id) { return boxes.drop(id, exchange.now); });
}

Response list_mailboxes(Exchange& exchange) {
  Json body = {{"items", Json::array()}};
  const auto* poller = exchange.hub.parts.poller;
  for (const auto& box : poller != nullptr ? poller->status() : std::vector<MailboxStatus>{}) {
    Json row = {{"provider", box.provider_key}, {"mailbox", box.mailbox}, {"state", to_string(box.state)}, {"failures", box.failures}};
    views::put(row, "problem", box.problem);
    views::put(row, "last_success", box.last_success);
    row["items"] = box.items;
    row["troubled"] = box.troubled;
    body["items"].push_back(std::move(row));
  }
  return answer(body);
}

Response renew_callback_token(Exchange& exchange) {
  const auto* known = exchange.directory().provider_by_key(exchange.args.front());
  if (known == nullptr || known->retired) return problem(exchange.request, 404, "not_found", "There is no such provider.");
  const auto id = known->id;
  const auto changed = edit_directory(exchange, [&](const DirectorySnapshot& now_is, DirectoryChange& change) -> Result<std::string> {
    Provider next = now_is.providers.at(id);
    next.callback_token = make_callback_token();
    ++next.version;
    change.providers.push_back(std::move(next));
    return "provider " + known->key + ": new call-back address";
  });
  if (!changed) return answer(exchange.request, changed.error());
  const auto& provider = (*changed)->providers.at(id);
  return answer(Json{{"key", provider.key}, {"callback_path", "/v1/callbacks/" + std::string(provider.callback_token.reveal())}});
}

}  // namespace messo::api::resources
