#include <algorithm>

#include "api/job_check.hpp"
#include "api/resources/resources.hpp"
#include "api/sms_charge.hpp"
#include "api/views.hpp"
#include "base/hash.hpp"

namespace messo::api::resources {
namespace {

bool is_idempotency_key(std::string_view key) {
  return !key.empty() && key.size() <= 200 && std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

Response accepted(const Exchange& exchange, NotificationId id, bool replayed) {
  const auto base = base_url(exchange);
  const auto text = id.to_string();
  const auto self = base + "/v1/notifications/" + text;
  Response response;
  response.status = 202;
  // By hand: this is the answer the hub gives most, and nothing in it needs escaping.
  response.body.append(R"({"id":")").append(text).append(R"(","status":"queued","mode":")").append(to_string(exchange.caller.kind));
  response.body.append(R"(","_links":{"self":{"href":")")
      .append(self)
      .append(R"("},"cancel":{"href":")")
      .append(self)
      .append(R"(/cancel"}}})");
  response.add("Location", self);
  if (replayed) response.add("Idempotent-Replayed", "true");
  return response;
}

Response validated(const NewNotification& checked, const CatalogueEntry& entry) {
  Json body = {{"valid", true},
               {"template", entry.version.key},
               {"version", entry.version.number},
               {"language", checked.language},
               {"mode", to_string(checked.kind)},
               {"steps", Json::array()}};
  if (checked.sms.segments > 0) body["sms"] = {{"segments", checked.sms.segments}, {"cost", euro_text(checked.sms.cost)}};
  for (const auto& step : checked.steps) body["steps"].push_back(views::step(step.spec, step.position, step.state));
  return answer(body);
}

// Parses and checks the body; a finding for everything that is wrong.
struct Checked : CheckedJob {
  JobDraft draft;
  CatalogueEntryPtr entry;
};

Result<CatalogueEntryPtr> find_template(Exchange& exchange, const TemplateName& name, Findings& findings) {
  auto& catalogue = exchange.hub.catalogue;
  const auto organisation = exchange.caller.organisation->id;
  auto entry = name.version ? catalogue.released(organisation, name.key, *name.version) : catalogue.published(organisation, name.key);
  if (entry) return entry;
  if (entry.error().code == "template_not_found") {
    findings.wrong("/template", "there is no published template with this key; GET /v1/templates lists them");
  } else if (entry.error().kind == ErrorKind::not_found || entry.error().kind == ErrorKind::conflict) {
    findings.wrong("/template", entry.error().message);
  }
  return entry;
}

tl::expected<Checked, Response> check(Exchange& exchange) {
  auto json = body_of(exchange);
  if (!json) return tl::unexpected<Response>(std::move(json.error()));
  Findings findings;
  Checked out;
  const auto region = exchange.directory().region_of(exchange.caller.organisation->id);
  out.draft = parse_job(*std::move(json), exchange.hub.options.job, region, exchange.now, findings);
  if (!out.draft.template_name.key.empty()) {
    auto entry = find_template(exchange, out.draft.template_name, findings);
    if (entry) {
      out.entry = *std::move(entry);
    } else if (findings.empty()) {
      return tl::unexpected<Response>(answer(exchange.request, entry.error()));
    }
  }
  if (out.entry) {
    if (auto job = check_job(out.draft, *out.entry, exchange.caller, exchange.now, findings))
      static_cast<CheckedJob&>(out) = *std::move(job);
  }
  if (!findings.empty()) return tl::unexpected<Response>(problem(exchange.request, findings));
  return out;
}

// Attachments become durable blobs before the notification that names them.
Status store_attachments(Exchange& exchange, Checked& checked) {
  if (checked.draft.attachments.empty()) return {};
  // A full hub must not write megabytes only to say no.
  if (auto admitted = exchange.hub.parts.store.intake().admits(checked.notification.service); !admitted) return admitted;
  for (auto& attachment : checked.draft.attachments) {
    auto blob = exchange.hub.parts.store.blobs().put(checked.notification.organisation, attachment.content);
    if (!blob) return fail(blob.error());
    checked.notification.attachments.push_back(
        {std::move(attachment.name), std::move(attachment.content_type), attachment.content.size(), *blob});
  }
  return {};
}

// A repeated request gets its first answer even where the same body would no longer pass (a template archived meanwhile, a full queue).
std::optional<Response> replay(const Exchange& exchange, const std::optional<IdempotencyKey>& key) {
  if (!key) return {};
  auto known = exchange.hub.parts.store.intake().find_idempotent(exchange.caller.service->id, key->key);
  if (!known || !known->has_value()) return {};
  if ((*known)->body == key->body) return accepted(exchange, (*known)->id, true);
  return problem(exchange.request, 409, "idempotency_key_reused",
                 "This Idempotency-Key was used with another body; use a new key for a new notification.");
}

// What was rendered to check the job is kept for its delivery where that is due now. Before the accept: dispatch may be there at once.
Result<Accepted> accept(Exchange& exchange, Checked& checked) {
  const auto& notification = checked.notification;
  auto* const kept = notification.delivery.due_at <= exchange.now ? exchange.hub.parts.kept : nullptr;
  if (kept != nullptr) kept->keep(notification.delivery.id, std::move(checked.message));
  auto outcome = exchange.hub.parts.store.intake().accept(notification);
  if (kept != nullptr && (!outcome || outcome->duplicate)) kept->take(notification.delivery.id);
  return outcome;
}

Response post(Exchange& exchange, const std::optional<IdempotencyKey>& key) {
  auto checked = check(exchange);
  if (!checked) {
    if (auto first = replay(exchange, key)) return *std::move(first);
    return std::move(checked.error());
  }
  checked->notification.sms = sms_charge(*checked, exchange.directory(), exchange.now);
  if (exchange.request.parameter("validate")) return validated(checked->notification, *checked->entry);
  checked->notification.idempotency = key;
  const auto outcome = store_attachments(exchange, *checked).and_then([&] { return accept(exchange, *checked); });
  if (!outcome) {
    if (outcome.error().kind != ErrorKind::conflict) {
      if (auto first = replay(exchange, key)) return *std::move(first);
    }
    return answer(exchange.request, outcome.error());
  }
  if (!outcome->duplicate) {
    exchange.hub.metrics.accepted(checked->notification.priority, checked->notification.kind);
    exchange.hub.ring_accepted();
    exchange.hub.events.ring();
  }
  return accepted(exchange, outcome->id, outcome->duplicate);
}

}  // namespace

Response post_notification(Exchange& exchange) {
  if (exchange.caller.service == nullptr) {
    return bad_parameter(exchange.request, "service", "Say for which service: ?service=organisation/service.");
  }
  if (const auto validate = exchange.request.parameter("validate"); validate && *validate != "only") {
    return bad_parameter(exchange.request, "validate", "must be \"only\"");
  }
  std::optional<IdempotencyKey> key;
  if (const auto text = exchange.request.field("Idempotency-Key")) {
    if (!is_idempotency_key(*text)) {
      return bad_parameter(exchange.request, "Idempotency-Key", "must be 1 to 200 visible ASCII characters");
    }
    key = IdempotencyKey{std::string(*text), sha256(exchange.request.body)};
  }
  auto response = post(exchange, key);
  if (response.status >= 400) exchange.hub.metrics.refused(response.status);
  return response;
}

}  // namespace messo::api::resources
