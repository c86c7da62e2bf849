#include <algorithm>

#include "api/field_reader.hpp"
#include "api/resources/directory_edit.hpp"
#include "api/resources/resources.hpp"
#include "api/views.hpp"

namespace messo::api::resources {
namespace {

constexpr std::string_view kFields[] = {"service", "name", "kind", "scopes"};

Scopes read_scopes(FieldReader& fields, Findings& findings) {
  Scopes scopes;
  if (fields.is_object() && !fields.has("scopes")) findings.malformed("/scopes", "is missing");
  const auto* rows = fields.array("scopes", 3);
  if (rows == nullptr) return scopes;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto scope = (*rows)[i].is_string() ? parse_scope((*rows)[i].get_ref<const std::string&>()) : std::nullopt;
    if (scope)
      scopes.add(*scope);
    else
      findings.malformed("/scopes/" + std::to_string(i), "must be one of send, read, admin");
  }
  if (rows->empty()) findings.wrong("/scopes", "must name at least one of send, read, admin");
  return scopes;
}

const ApiKey* key_by_id(const DirectorySnapshot& directory, KeyId id) {
  const auto at = std::find_if(directory.keys.begin(), directory.keys.end(), [&](const ApiKey& key) { return key.id == id; });
  return at == directory.keys.end() ? nullptr : &*at;
}

bool administers(const Exchange& exchange, const DirectorySnapshot& directory, const ApiKey& key) {
  const auto service = directory.services.find(key.service);
  return service != directory.services.end() && exchange.caller.administers(service->second.organisation);
}

}  // namespace

Response list_keys(Exchange& exchange) {
  const auto& directory = exchange.directory();
  const auto wanted = exchange.request.parameter("service");
  Json body = {{"items", Json::array()}};
  for (const auto& key : directory.keys) {
    if (!administers(exchange, directory, key)) continue;
    if (wanted && views::service_address(directory, key.service) != *wanted) continue;
    body["items"].push_back(views::key(directory, key));
  }
  return answer(body);
}

Response add_key(Exchange& exchange) {
  const auto body = body_of(exchange);
  if (!body) return body.error();
  Findings findings;
  FieldReader fields(*body, "", kFields, findings);
  const auto address = fields.required_text("service", {130, false, false});
  ApiKey wanted;
  wanted.name = fields.required_text("name", {100, false, false}).value_or("");
  wanted.kind = fields.word<KeyKind>("kind", parse_key_kind, "live, test").value_or(KeyKind::live);
  wanted.scopes = read_scopes(fields, findings);
  if (!findings.empty()) return problem(exchange.request, findings);
  const auto found = find_service(exchange.directory(), *address, "/service");
  if (!found) return answer(exchange.request, found.error());
  if (!exchange.caller.administers(found->organisation->id)) {
    return answer(exchange.request, administered_organisation(exchange, found->organisation->key, "/service").error());
  }
  auto made = make_api_key(wanted.kind);
  wanted.id = KeyId::make(exchange.now);
  wanted.service = found->service->id;
  wanted.hash = made.hash;
  wanted.created_at = exchange.now;

  const auto changed = edit_directory(exchange, [&](const DirectorySnapshot& now_is, DirectoryChange& change) -> Result<std::string> {
    for (const auto& key : now_is.keys) {
      if (key.service == wanted.service && key.name == wanted.name && !key.revoked_at) {
        return fail(ErrorKind::conflict, "key_exists", "The service has a key with this name already; revoke it or choose another name.");
      }
    }
    change.keys.push_back(wanted);
    return "key " + wanted.name + " of " + *address + ": added (" + std::string(to_string(wanted.kind)) + ", " + to_string(wanted.scopes) +
           ")";
  });
  if (!changed) return answer(exchange.request, changed.error());
  auto shown = views::key(**changed, wanted);
  shown["secret"] = std::string(made.secret.reveal());
  return answer(shown, 201);
}

Response revoke_key(Exchange& exchange) {
  const auto not_found = [&] { return problem(exchange.request, 404, "not_found", "There is no such key."); };
  const auto id = KeyId::parse(exchange.args.front());
  if (!id) return not_found();
  const auto* known = key_by_id(exchange.directory(), *id);
  if (known == nullptr || !administers(exchange, exchange.directory(), *known)) return not_found();
  const auto changed = edit_directory(exchange, [&](const DirectorySnapshot& now_is, DirectoryChange& change) -> Result<std::string> {
    const auto* key = key_by_id(now_is, *id);
    if (key == nullptr || key->revoked_at) return std::string();
    change.keys.push_back(*key);
    change.keys.back().revoked_at = exchange.now;
    return "key " + key->name + " of " + views::service_address(now_is, key->service) + ": revoked";
  });
  if (!changed) return answer(exchange.request, changed.error());
  const auto* revoked = key_by_id(**changed, *id);
  return revoked == nullptr ? not_found() : answer(views::key(**changed, *revoked));
}

}  // namespace messo::api::resources
