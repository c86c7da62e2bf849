// What operators do about a doubt. Each is compare-and-set: what was settled meanwhile answers 409 and stays as it is.
#include <algorithm>

#include "api/doubt_view.hpp"
#include "api/field_reader.hpp"
#include "api/resources/doubt_lookup.hpp"
#include "api/resources/resources.hpp"
#include "model/plan.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kAskFields[] = {"attempt", "operator", "reason"};
constexpr std::string_view kResendFields[] = {"attempt", "operator", "reason", "even_if_expired"};
constexpr std::string_view kCloseFields[] = {"attempt", "operator", "reason", "result"};

// The doubt the path names, and who decides what about it.
struct Case {
  std::optional<Doubt> doubt;  // absent: it is not in doubt (any more); the store says so in its own words
  DoubtDecision decision;
};

DeliveryId last_delivery(const Exchange& exchange, const Uuid& id) {
  const auto owner = exchange.hub.parts.store.ledger().find({}, NotificationId{id});
  DeliveryId out{id};
  if (!owner) return out;
  for (const auto& step : owner->steps) {
    for (const auto& delivery : step.deliveries) out = delivery.id;
  }
  return out;
}

Case open_case(const Exchange& exchange, const Uuid& id) {
  Case out;
  out.decision.organisation = seen_organisation(exchange);
  const auto found = exchange.hub.parts.store.doubts().find(id, out.decision.organisation);
  if (found) out.doubt = *found;
  out.decision.delivery = found ? found->delivery : last_delivery(exchange, id);
  return out;
}

void read_decision(const Exchange& exchange, FieldReader& fields, bool reason_needed, Findings& findings, DoubtDecision& decision) {
  const TextRule sentence{500, false, false};
  const auto reason = reason_needed ? fields.required_text("reason", sentence) : fields.text("reason", {500, true, false});
  decision.reason = reason.value_or("");
  const auto name = fields.text("operator", {100, false, false});
  decision.actor = name ? *name + " (" + exchange.caller.actor + ")" : exchange.caller.actor;
  if (const auto attempt = fields.text("attempt", {36, false, false})) {
    decision.attempt = AttemptId::parse(*attempt);
    if (!decision.attempt) findings.malformed(fields.at("attempt"), "must be the id of an attempt");
  }
}

Response decided(Exchange& exchange, const Case& about, const Result<NotificationStatus>& status) {
  if (!status) return answer(exchange.request, status.error());
  exchange.hub.events.ring();
  exchange.hub.ring_changed();
  return answer({{"id", about.decision.delivery.to_string()},
                 {"notification", about.doubt ? about.doubt->notification.to_string() : std::string()},
                 {"status", to_string(*status)}});
}

// An operator's "sent" of what only test mode took is never counted as sent.
DeliveryResult honest(const Exchange& exchange, const Case& about, DeliveryResult result) {
  if (result != DeliveryResult::sent || !about.doubt) return result;
  const auto ports = exchange.hub.port_status();
  const auto port = std::ranges::find(ports, about.doubt->provider, &PortStatus::id);
  const bool simulated = about.doubt->kind == KeyKind::test || (port != ports.end() && port->simulated);
  return simulated ? DeliveryResult::simulated : result;
}

// Reads the body and carries out `act`; `read` takes what only this request has.
template <class Read, class Act>
Response decide(Exchange& exchange, std::span<const std::string_view> known, bool reason_needed, Read&& read, Act&& act) {
  const auto id = Uuid::parse(exchange.args.front());
  if (!id) return problem(exchange.request, 404, "doubt_not_found", "There is no such message in doubt.");
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Case about = open_case(exchange, *id);
  Findings findings;
  FieldReader fields(*body, "", known, findings);
  read_decision(exchange, fields, reason_needed, findings, about.decision);
  read(fields, findings);
  if (!findings.empty()) return problem(exchange.request, findings);
  return act(about);
}

}  // namespace

Response ask_doubt(Exchange& exchange) {
  return decide(
      exchange, kAskFields, false, [](FieldReader&, Findings&) {},
      [&](const Case& about) {
        auto& doubts = exchange.hub.parts.store.doubts();
        if (about.doubt) {
          const auto ports = exchange.hub.port_status();
          const auto port = std::ranges::find(ports, about.doubt->provider, &PortStatus::id);
          if (port == ports.end() || !port->running || !port->can_query) {
            return problem(exchange.request, 409, "cannot_be_asked",
                           "The provider cannot be asked: it does not run, or its plugin has no query/1. Find out on the provider's own "
                           "side, then close it or have it sent again.");
          }
        }
        if (const Status asked = doubts.ask(about.decision, exchange.now); !asked) return answer(exchange.request, asked.error());
        exchange.hub.events.ring();
        exchange.hub.ring_changed();
        const auto found = doubts.find(about.decision.delivery.value, {});
        // The answer may have been quicker than this one.
        if (!found) return answer({{"id", about.decision.delivery.to_string()}, {"state", "settled"}});
        return answer(views::doubt(exchange, *found, exchange.hub.port_status()));
      });
}

Response resend_doubt(Exchange& exchange) {
  bool even_if_expired = false;
  return decide(
      exchange, kResendFields, true,
      [&](FieldReader& fields, Findings&) { even_if_expired = fields.boolean("even_if_expired").value_or(false); },
      [&](const Case& about) {
        std::optional<Instant> expires_at;
        if (even_if_expired && about.doubt && about.doubt->expires_at <= exchange.now)
          expires_at = exchange.now + default_expiry(about.doubt->channel, Priority::normal);
        return decided(exchange, about, exchange.hub.parts.store.doubts().resend(about.decision, expires_at, exchange.now));
      });
}

Response close_doubt(Exchange& exchange) {
  std::optional<DeliveryResult> result;
  return decide(
      exchange, kCloseFields, true,
      [&](FieldReader& fields, Findings&) {
        fields.required_text("result", {60, true, false});
        result = fields.word<DeliveryResult>("result", &parse_delivery_result, "sent, refused, no_outcome");
      },
      [&](const Case& about) {
        return decided(exchange, about,
                       exchange.hub.parts.store.doubts().close(about.decision, honest(exchange, about, *result), exchange.now));
      });
}

}  // namespace messo::api::resources
