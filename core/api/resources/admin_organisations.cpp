#include <algorithm>

#include "api/field_reader.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/views.hpp"
#include "base/hash.hpp"
#include "model/region.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kOrganisationFields[] = {"key", "name", "parent", "weight", "region", "limits"};
constexpr std::string_view kBudgetFields[] = {"sms_segments_per_day", "sms_cost_per_day"};

Secret new_hmac_key() {
  std::array<std::uint8_t, 32> bytes{};
  random_bytes(bytes);
  return Secret(std::string(as_text(bytes)));
}

}  // namespace

Response list_organisations(Exchange& exchange) {
  std::vector<const Organisation*> shown;
  for (const auto& [id, organisation] : exchange.directory().organisations) {
    if (exchange.caller.administers(id)) shown.push_back(&organisation);
  }
  std::sort(shown.begin(), shown.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
  Json body = {{"items", Json::array()}};
  for (const auto* organisation : shown) body["items"].push_back(views::organisation(exchange.directory(), *organisation));
  return answer(body);
}

Response add_organisation(Exchange& exchange) {
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  FieldReader fields(*body, "", kOrganisationFields, findings);
  Organisation wanted;
  wanted.key = fields.required_text("key", {63, false, false}).value_or("");
  wanted.name = fields.required_text("name").value_or("");
  const auto parent = fields.text("parent", {63, false, false});
  wanted.weight = static_cast<std::uint32_t>(fields.integer("weight", 1, 1000).value_or(1));
  if (const auto* limits = fields.object("limits")) {
    FieldReader limit(*limits, "/limits", kBudgetFields, findings);
    wanted.sms = read_sms_budget(limit, findings);
  }
  wanted.region = fields.text("region", {2, true, false}).value_or("");
  if (!wanted.region.empty() && !is_region(wanted.region)) {
    findings.wrong("/region", "is no country: write its two letters of ISO 3166-1, like \"IT\" or \"SM\"");
  }
  if (!wanted.key.empty() && !is_slug(wanted.key))
    findings.wrong("/key", "must be lower-case letters, digits and hyphens, like \"comune-di-esempio\"");
  if (!findings.empty()) return problem(exchange.request, findings);
  wanted.id = OrganisationId::make(exchange.now);
  wanted.hmac_key = new_hmac_key();

  const auto changed = edit_directory(exchange, [&](const DirectorySnapshot& now_is, DirectoryChange& change) -> Result<std::string> {
    if (now_is.organisation_by_key(wanted.key) != nullptr) {
      return fail(ErrorKind::conflict, "organisation_exists", "There is an organisation with this key already; choose another key.");
    }
    if (parent) {
      const auto* above = now_is.organisation_by_key(*parent);
      if (above == nullptr) return fail_field("/parent", "no_such_organisation", "there is no such organisation");
      wanted.parent = above->id;
    }
    change.organisations.push_back(wanted);
    return "organisation " + wanted.key + ": added";
  });
  if (!changed) return answer(exchange.request, changed.error());
  return answer(views::organisation(**changed, (*changed)->organisations.at(wanted.id)), 201);
}

}  // namespace messo::api::resources
