// Addresses an organisation's courtesy messages do not go to any more.
#include "api/address/address.hpp"
#include "api/field_reader.hpp"
#include "api/job_check.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/views.hpp"
#include "store/suppression_decisions.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kSuppressionFields[] = {"organisation", "channel", "address", "reason"};
constexpr std::string_view kChannelWords = "email, pec, sms, io, push, webhook";
constexpr std::size_t kLongestAddress = 4096;

Json suppression_view(const Exchange& exchange, const Suppression& one) {
  const std::string organisation = views::organisation_key(exchange.directory(), one.organisation);
  Json out = {{"id", one.id.to_string()},      {"organisation", organisation},    {"channel", to_string(one.channel)},
              {"address", one.address},        {"source", to_string(one.source)}, {"reason", one.reason},
              {"since", to_rfc3339(one.since)}};
  if (one.notification) out["notification"] = one.notification->to_string();
  if (one.delivery) out["delivery"] = one.delivery->to_string();
  return out;
}

// The organisation asked about; null: all, over the socket only.
Result<const Organisation*> organisation_asked(const Exchange& exchange) {
  const auto named = exchange.request.parameter("organisation");
  if (!named && exchange.caller.organisation == nullptr) return nullptr;
  return administered_organisation(exchange, named, "organisation");
}

Result<SuppressionQuery> suppression_query_of(const Exchange& exchange) {
  const auto& request = exchange.request;
  SuppressionQuery query;
  const auto organisation = organisation_asked(exchange);
  if (!organisation) return fail(organisation.error());
  if (*organisation != nullptr) query.organisation = (*organisation)->id;
  if (const auto channel = request.parameter("channel")) {
    query.channel = parse_channel(*channel);
    if (!query.channel) return fail_field("channel", "bad_parameter", "must be one of " + std::string(kChannelWords));
  }
  if (const auto address = request.parameter("address")) {
    if (*organisation == nullptr) return fail_field("organisation", "organisation_missing", "say whose address: organisation=KEY");
    const Channel channel = query.channel.value_or(Channel::email);
    const auto normal = normalise_address(channel, *address, exchange.directory().region_of((*organisation)->id));
    if (!normal) return fail_field("address", "bad_parameter", normal.error());
    query.address_hmac = address_hmac(**organisation, channel, *normal);
  }
  if (const auto cursor = request.parameter("cursor")) {
    query.before = SuppressionId::parse(*cursor);
    if (!query.before) return fail_field("cursor", "bad_parameter", "must be the next_cursor of the page before");
  }
  auto limit = limit_of(request);
  if (!limit) return fail(limit.error());
  query.limit = *limit;
  return query;
}

}  // namespace

Response list_suppressions(Exchange& exchange) {
  const auto query = suppression_query_of(exchange);
  if (!query) return parameter_error(exchange.request, query.error());
  const auto page = exchange.hub.parts.store.suppressions().list(*query);
  if (!page) return answer(exchange.request, page.error());
  Json body = {{"items", Json::array()}};
  for (const Suppression& one : page->items) body["items"].push_back(suppression_view(exchange, one));
  if (page->more && !page->items.empty()) body["next_cursor"] = page->items.back().id.to_string();
  return answer(body);
}

Response add_suppression(Exchange& exchange) {
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  FieldReader fields(*body, "", kSuppressionFields, findings);
  const auto named = fields.text("organisation", {63, false, false});
  fields.required_text("channel", {60, true, false});
  const auto channel = fields.word<Channel>("channel", &parse_channel, kChannelWords);
  const auto address = fields.required_text("address", {kLongestAddress, false, false});
  const auto reason = fields.required_text("reason", {500, false, false});
  const auto normal = channel && address ? normalise_address(*channel, *address, region_of(exchange, named)) : Normalised();
  if (!normal) findings.wrong("/address", normal.error());
  if (!findings.empty()) return problem(exchange.request, findings);
  const auto organisation = administered_organisation(exchange, named, "/organisation");
  if (!organisation) return answer(exchange.request, organisation.error());

  Suppression made;
  made.id = SuppressionId::make(exchange.now);
  made.organisation = (*organisation)->id;
  made.channel = *channel;
  made.address = *normal;
  made.address_hmac = address_hmac(**organisation, *channel, *normal);
  made.source = SuppressionSource::person;
  made.reason = *reason;
  made.since = exchange.now;
  const std::string sentence =
      "organisation " + (*organisation)->key + ": suppression " + made.id.to_string() + " added (" + std::string(to_string(*channel)) + ")";
  const auto added = exchange.hub.parts.store.suppressions().add(made, {exchange.caller.actor, sentence});
  if (!added) return answer(exchange.request, added.error());
  return answer(suppression_view(exchange, added->suppression), added->added ? 201 : 200);
}

Response remove_suppression(Exchange& exchange) {
  const auto id = SuppressionId::parse(exchange.args.front());
  if (!id) return answer(exchange.request, decisions::no_such_suppression());
  std::optional<OrganisationId> own;
  if (exchange.caller.organisation != nullptr) own = exchange.caller.organisation->id;
  const auto removed = exchange.hub.parts.store.suppressions().remove(
      *id, own, {exchange.caller.actor, "suppression " + id->to_string() + " removed"}, exchange.now);
  if (!removed) return answer(exchange.request, removed.error());
  return answer(suppression_view(exchange, *removed));
}

}  // namespace messo::api::resources
