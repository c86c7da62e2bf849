#include <algorithm>
#include <tuple>

#include "api/field_reader.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kSmsSenderFields[] = {"organisation", "alias", "state", "registered_on", "note"};

Json sms_sender_view(const DirectorySnapshot& directory, const SmsSender& sender) {
  Json out = {{"organisation", views::organisation_key(directory, sender.organisation)},
              {"alias", sender.alias},
              {"state", to_string(sender.state)}};
  views::put(out, "registered_on", sender.registered_on);
  views::put(out, "note", sender.note);
  return out;
}

// An organisation sees its own aliases and those above it, which it may use.
bool shows_aliases_of(const Exchange& exchange, OrganisationId owner) {
  if (exchange.caller.administers(owner)) return true;
  for (const auto* one = exchange.caller.organisation; one != nullptr; one = exchange.directory().above(*one)) {
    if (one->id == owner) return true;
  }
  return false;
}

std::string sms_sender_title(const std::string& organisation, const std::string& alias) {
  return "sms_sender " + organisation + " \"" + alias + '"';
}

// The sentence of the audit; "" when nothing changes.
std::string sms_sender_change(const DirectorySnapshot& now_is, const SmsSender& wanted, const std::string& organisation) {
  const std::string title = sms_sender_title(organisation, wanted.alias);
  const auto before = now_is.sms_senders.find({wanted.organisation, wanted.alias});
  if (before == now_is.sms_senders.end()) return title + ": added (" + std::string(to_string(wanted.state)) + ')';
  if (before->second == wanted) return {};
  if (before->second.state == wanted.state) return title + ": changed";
  return title + ": state " + std::string(to_string(before->second.state)) + " -> " + std::string(to_string(wanted.state));
}

}  // namespace

Response list_sms_senders(Exchange& exchange) {
  const auto wanted = exchange.request.parameter("organisation");
  std::vector<Json> items;
  for (const auto& [name, sender] : exchange.directory().sms_senders) {
    if (!shows_aliases_of(exchange, sender.organisation)) continue;
    if (wanted && views::organisation_key(exchange.directory(), sender.organisation) != *wanted) continue;
    items.push_back(sms_sender_view(exchange.directory(), sender));
  }
  std::sort(items.begin(), items.end(),
            [](const Json& a, const Json& b) { return std::tie(a["organisation"], a["alias"]) < std::tie(b["organisation"], b["alias"]); });
  return answer({{"items", std::move(items)}});
}

Response put_sms_sender(Exchange& exchange) {
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  FieldReader fields(*body, "", kSmsSenderFields, findings);
  const auto named = fields.text("organisation", {63, false, false});
  SmsSender wanted;
  wanted.alias = fields.required_text("alias", {40, false, false}).value_or("");
  fields.required_text("state", {60, true, false});
  const auto state = fields.word<AliasState>("state", &parse_alias_state, "registered, pending, refused");
  wanted.registered_on = fields.text("registered_on", {10, false, false}).value_or("");
  wanted.note = fields.text("note", {500, true, false}).value_or("");
  if (!wanted.alias.empty()) {
    if (auto wrong = wrong_with_sms_alias(wanted.alias); !wrong.empty()) findings.wrong("/alias", std::move(wrong), "bad_sms_alias");
  }
  if (!wanted.registered_on.empty() && !is_date(wanted.registered_on)) {
    findings.wrong("/registered_on", "is no day: write it like \"2026-11-22\"");
  }
  if (!findings.empty()) return problem(exchange.request, findings);
  const auto organisation = administered_organisation(exchange, named, "/organisation");
  if (!organisation) return answer(exchange.request, organisation.error());
  wanted.organisation = (*organisation)->id;
  wanted.state = *state;

  bool added = false;
  const auto changed = edit_directory(exchange, [&](const DirectorySnapshot& now_is, DirectoryChange& change) -> Result<std::string> {
    added = !now_is.sms_senders.contains({wanted.organisation, wanted.alias});
    change.sms_senders.push_back(wanted);
    return sms_sender_change(now_is, wanted, (*organisation)->key);
  });
  if (!changed) return answer(exchange.request, changed.error());
  return answer(sms_sender_view(**changed, wanted), added ? 201 : 200);
}

Response remove_sms_sender(Exchange& exchange) {
  const auto alias = exchange.request.parameter("alias");
  if (!alias) return bad_parameter(exchange.request, "alias", "say which: alias=ComuneRoma");
  const auto organisation = administered_organisation(exchange, exchange.request.parameter("organisation"), "organisation");
  if (!organisation) return parameter_error(exchange.request, organisation.error());
  SmsSender gone;
  const auto changed = edit_directory(exchange, [&](const DirectorySnapshot& now_is, DirectoryChange& change) -> Result<std::string> {
    const auto at = now_is.sms_senders.find({(*organisation)->id, std::string(*alias)});
    if (at == now_is.sms_senders.end()) {
      return fail(ErrorKind::not_found, "sms_sender_not_found",
                  "The organisation has no such alias; GET /v1/admin/sms-senders lists them.");
    }
    gone = at->second;
    change.sms_senders_removed.push_back(gone);
    return sms_sender_title((*organisation)->key, gone.alias) + ": removed";
  });
  if (!changed) return answer(exchange.request, changed.error());
  return answer(sms_sender_view(**changed, gone));
}

}  // namespace messo::api::resources
