#include <algorithm>

#include "api/address/address.hpp"
#include "api/field_reader.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kServiceFields[] = {"organisation", "key", "name", "weight", "senders", "limits"};
constexpr std::string_view kSenderFields[] = {"address", "name", "reply_to"};
constexpr std::string_view kLimitFields[] = {"requests_per_second", "queued", "sms_segments_per_day", "sms_cost_per_day"};

void read_senders(const nlohmann::json& value, Service& service, Findings& findings) {
  for (const auto& [name, row] : value.items()) {
    const auto at = "/senders/" + name;
    const auto channel = parse_channel(name);
    if (!channel) {
      findings.malformed(at, "there is no such channel");
      continue;
    }
    FieldReader fields(row, at, kSenderFields, findings);
    Sender sender;
    sender.address = fields.required_text("address", {320, false, false}).value_or("");
    sender.name = fields.text("name").value_or("");
    sender.reply_to = fields.text("reply_to", {320, false, false}).value_or("");
    const bool mail = *channel == Channel::email || *channel == Channel::pec;
    for (auto [field, text] : {std::pair{"address", &sender.address}, std::pair{"reply_to", &sender.reply_to}}) {
      if (!mail || text->empty()) continue;
      if (auto normal = normalise_email(*text))
        *text = *std::move(normal);
      else
        findings.wrong(fields.at(field), normal.error());
    }
    if (*channel == Channel::sms && !sender.address.empty()) {
      if (auto wrong = wrong_with_sms_sender(sender.address); !wrong.empty()) findings.wrong(fields.at("address"), std::move(wrong));
    }
    service.senders.emplace(*channel, std::move(sender));
  }
}

}  // namespace

Response list_services(Exchange& exchange) {
  std::vector<const Service*> shown;
  const auto wanted = exchange.request.parameter("organisation");
  for (const auto& [id, service] : exchange.directory().services) {
    if (!exchange.caller.administers(service.organisation)) continue;
    if (wanted && views::organisation_key(exchange.directory(), service.organisation) != *wanted) continue;
    shown.push_back(&service);
  }
  const auto name = [&](const Service* s) { return views::service_address(exchange.directory(), s->id); };
  std::sort(shown.begin(), shown.end(), [&](const auto* a, const auto* b) { return name(a) < name(b); });
  Json body = {{"items", Json::array()}};
  for (const auto* service : shown) body["items"].push_back(views::service(exchange.directory(), *service));
  return answer(body);
}

Response add_service(Exchange& exchange) {
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  FieldReader fields(*body, "", kServiceFields, findings);
  Service wanted;
  const auto organisation_key = fields.required_text("organisation", {63, false, false});
  wanted.key = fields.required_text("key", {63, false, false}).value_or("");
  wanted.name = fields.required_text("name").value_or("");
  wanted.weight = static_cast<std::uint32_t>(fields.integer("weight", 1, 1000).value_or(1));
  if (!wanted.key.empty() && !is_slug(wanted.key))
    findings.wrong("/key", "must be lower-case letters, digits and hyphens, like \"sportello\"");
  if (const auto* senders = fields.object("senders")) read_senders(*senders, wanted, findings);
  if (const auto* limits = fields.object("limits")) {
    FieldReader limit(*limits, "/limits", kLimitFields, findings);
    wanted.limits.requests_per_second = static_cast<std::uint32_t>(limit.integer("requests_per_second", 0, 1'000'000).value_or(0));
    wanted.limits.queued = static_cast<std::uint64_t>(limit.integer("queued", 0, 1'000'000'000).value_or(0));
    wanted.limits.sms = read_sms_budget(limit, findings);
  }
  if (!findings.empty()) return problem(exchange.request, findings);
  const auto organisation = administered_organisation(exchange, *organisation_key, "/organisation");
  if (!organisation) return answer(exchange.request, organisation.error());
  wanted.id = ServiceId::make(exchange.now);
  wanted.organisation = (*organisation)->id;

  const auto changed = edit_directory(exchange, [&](const DirectorySnapshot& now_is, DirectoryChange& change) -> Result<std::string> {
    if (now_is.service_by_key(wanted.organisation, wanted.key) != nullptr) {
      return fail(ErrorKind::conflict, "service_exists", "The organisation has a service with this key already; choose another key.");
    }
    change.services.push_back(wanted);
    return "service " + *organisation_key + "/" + wanted.key + ": added";
  });
  if (!changed) return answer(exchange.request, changed.error());
  return answer(views::service(**changed, (*changed)->services.at(wanted.id)), 201);
}

}  // namespace messo::api::resources
