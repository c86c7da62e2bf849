#include "api/views.hpp"
#include "base/hash.hpp"

namespace messo::api::views {
namespace {

// Details of an event; a provider is shown by its key.
Json details_of(const Exchange& exchange, const std::string& data_json) {
  auto details = Json::parse(data_json, nullptr, false);
  if (!details.is_object()) return Json::object();
  if (const auto at = details.find("provider"); at != details.end() && at->is_string()) {
    if (const auto id = ProviderId::parse(at->get_ref<const std::string&>())) *at = provider_key(exchange, *id);
  }
  return details;
}

Json attempt(const Exchange& exchange, const AttemptView& attempt) {
  Json out = {{"id", attempt.id.to_string()}};
  put(out, "provider", provider_key(exchange, attempt.provider));
  out["leased_at"] = to_rfc3339(attempt.leased_at);
  put(out, "handed_over_at", attempt.handed_over_at);
  put(out, "ended_at", attempt.ended_at);
  if (attempt.outcome) {
    out["outcome"] = to_string(*attempt.outcome);
    out["scope"] = to_string(attempt.scope);
  }
  put(out, "reason", attempt.code);
  put(out, "text", attempt.public_text);
  put(out, "content_hash", to_hex(attempt.content_hash));
  return out;
}

Json delivery(const Exchange& exchange, const DeliveryView& delivery) {
  Json out = {{"id", delivery.id.to_string()},
              {"channel", to_string(delivery.channel)},
              {"pool", delivery.pool},
              {"phase", to_string(visible_phase(delivery.state.phase, delivery.due_at, exchange.now))},
              {"result", to_string(delivery.state.result)},
              {"disputed", delivery.state.disputed},
              {"due_at", to_rfc3339(delivery.due_at)},
              {"expires_at", to_rfc3339(delivery.expires_at)}};
  put(out, "closed_at", delivery.closed_at);
  out["attempts_counted"] = delivery.attempts_counted;
  out["milestones"] = Json::array();
  for (const auto milestone : delivery.milestones) out["milestones"].push_back(to_string(milestone));
  out["attempts"] = Json::array();
  for (const auto& tried : delivery.attempts) out["attempts"].push_back(attempt(exchange, tried));
  return out;
}

Json timeline_entry(const Exchange& exchange, const Event& event) {
  Json out = {
      {"sequence", event.sequence}, {"at", to_rfc3339(event.at)}, {"kind", to_string(event.kind)}, {"status", to_string(event.status)}};
  if (event.delivery) out["delivery"] = event.delivery->to_string();
  if (event.attempt) out["attempt"] = event.attempt->to_string();
  if (!event.data_json.empty()) out["details"] = details_of(exchange, event.data_json);
  return out;
}

bool any_simulated(const NotificationView& view) {
  for (const auto& step : view.steps) {
    for (const auto& delivery : step.deliveries) {
      if (delivery.state.result == DeliveryResult::simulated) return true;
    }
  }
  return view.summary.status == NotificationStatus::simulated;
}

}  // namespace

Json notification_links(const std::string& base, NotificationId id, bool may_cancel) {
  const auto self = base + "/v1/notifications/" + id.to_string();
  Json links = {{"self", {{"href", self}}}};
  if (may_cancel) links["cancel"] = {{"href", self + "/cancel"}};
  return links;
}

Json step(const StepSpec& spec, std::uint32_t position, StepState state) {
  Json out = {{"position", position},
              {"channel", to_string(spec.channel)},
              {"pool", spec.pool.empty() ? to_string(spec.channel) : std::string_view(spec.pool)},
              {"success", to_string(spec.success)}};
  if (spec.wait) out["wait_seconds"] = spec.wait->count();
  out["state"] = to_string(state);
  return out;
}

Json recipient(const Recipient& recipient) {
  auto out = Json::object();
  put(out, "name", recipient.name);
  put(out, "language", recipient.language);
  put(out, "fiscal_code", recipient.fiscal_code);
  for (const auto& [channel, address] : recipient.addresses) {
    if (channel == Channel::io) continue;
    out[channel == Channel::sms ? std::string("phone") : std::string(to_string(channel))] = address;
  }
  return out;
}

Json summary(Exchange& exchange, const NotificationSummary& summary) {
  const auto& directory = exchange.directory();
  const auto service = directory.services.find(summary.service);
  Json out = {{"id", summary.id.to_string()},
              {"status", to_string(summary.status)},
              {"mode", to_string(summary.kind)},
              {"simulated", summary.status == NotificationStatus::simulated},
              {"organisation", organisation_key(directory, summary.organisation)},
              {"service", service == directory.services.end() ? std::string() : service->second.key},
              {"template", summary.template_key}};
  if (const auto number = exchange.hub.catalogue.number_of(summary.template_version)) out["version"] = *number;
  out["class"] = to_string(summary.template_class);
  out["priority"] = to_string(summary.priority);
  out["language"] = summary.language;
  out["accepted_at"] = to_rfc3339(summary.accepted_at);
  put(out, "send_at", summary.send_at);
  put(out, "ended_at", summary.ended_at);
  put(out, "reference", summary.reference);
  put(out, "protocol", summary.protocol);
  put(out, "case", summary.case_file);
  if (!summary.labels.empty()) out["labels"] = summary.labels;
  out["_links"] = notification_links(base_url(exchange), summary.id, summary.status == NotificationStatus::queued);
  return out;
}

Json notification(Exchange& exchange, const NotificationView& view) {
  auto out = summary(exchange, view.summary);
  const auto links = out["_links"];
  out.erase("_links");
  out["simulated"] = any_simulated(view);
  out["content"] = view.content ? "kept" : "removed";
  if (view.content) {
    out["recipient"] = recipient(view.content->recipient);
    out["data"] = Json::parse(view.content->data_json, nullptr, false);
    if (!out["data"].is_object()) out["data"] = Json::object();
    for (const auto& file : view.content->attachments) {
      out["attachments"].push_back(
          {{"name", file.name}, {"content_type", file.content_type}, {"size", file.size}, {"sha256", to_hex(as_text(file.blob.digest))}});
    }
  }
  out["steps"] = Json::array();
  for (const auto& row : view.steps) {
    auto shown = step(row.spec, row.position, row.state);
    if (!row.deliveries.empty()) shown["deliveries"] = Json::array();
    for (const auto& sent : row.deliveries) shown["deliveries"].push_back(delivery(exchange, sent));
    out["steps"].push_back(std::move(shown));
  }
  out["timeline"] = Json::array();
  for (const auto& entry : view.timeline) out["timeline"].push_back(timeline_entry(exchange, entry));
  out["_links"] = links;
  return out;
}

Json event(const Exchange& exchange, const Event& event) {
  const auto& directory = exchange.directory();
  const auto service = directory.services.find(event.service);
  Json out = {{"position", event.position},
              {"sequence", event.sequence},
              {"notification", event.notification.to_string()},
              {"organisation", organisation_key(directory, event.organisation)},
              {"service", service == directory.services.end() ? std::string() : service->second.key}};
  if (event.delivery) out["delivery"] = event.delivery->to_string();
  if (event.attempt) out["attempt"] = event.attempt->to_string();
  out["kind"] = to_string(event.kind);
  out["status"] = to_string(event.status);
  out["at"] = to_rfc3339(event.at);
  if (!event.data_json.empty()) out["details"] = details_of(exchange, event.data_json);
  return out;
}

}  // namespace messo::api::views
