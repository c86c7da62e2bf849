#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct KeyOptions {
  std::string service, name, kind = "live", id;
  std::vector<std::string> scopes{"send", "read"};
};

Status create(Session& session, const KeyOptions& o) {
  const auto service = session.service_or_only(o.service);
  if (!service) return fail(Error(service.error()));
  json body{{"service", *service}, {"name", o.name}, {"kind", o.kind}, {"scopes", o.scopes}};
  auto answer = session.api().call({.method = "POST", .path = "/v1/admin/keys", .body = std::move(body)});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  session.out << text(answer->body, "secret") << '\n';
  session.err << "This is the key of " << *service << " (" << o.kind
              << "). It is shown this once: keep it where the application reads it.\n"
              << "Use: Authorization: Bearer KEY\n";
  return {};
}

Status print(Session& session, const KeyOptions& o) {
  auto answer = session.api().call({.path = "/v1/admin/keys", .query = {{"service", o.service}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  Table table({"ID", "SERVICE", "NAME", "KIND", "SCOPES", "CREATED", "REVOKED"});
  for (const json& key : list(answer->body, "items")) {
    table.add({text(key, "id"), text(key, "service"), text(key, "name"), text(key, "kind"), joined(list(key, "scopes"), ","),
               local_time(text(key, "created_at")), local_time(text(key, "revoked_at"))});
  }
  session.out << (table.empty() ? "There is none: make one with `messo key create`.\n" : table.to_text());
  return {};
}

Status revoke(Session& session, const KeyOptions& o) {
  auto answer = session.api().call({.method = "POST", .path = "/v1/admin/keys/" + percent_encode(o.id) + "/revoke"});
  if (!answer) return fail(std::move(answer.error()));
  if (!session.printed_json(answer->body)) session.out << "Revoked: whoever uses it is answered 401 from now on.\n";
  return {};
}

}  // namespace

void add_key(CLI::App& app, Session& session) {
  auto o = std::make_shared<KeyOptions>();
  auto& key = add_group(app, "key", "Keys of sending applications");
  auto* c = add_command(key, "create", "Makes a key and shows it this once", session, o, &create);
  c->add_option("--service", o->service, "Its service, as organisation/service");
  c->add_option("--name", o->name, "Which application or installation will use it")->required();
  c->add_option("--kind", o->kind, "live, or test: messages go the whole way to a simulated provider")
      ->check(CLI::IsMember({"live", "test"}))
      ->capture_default_str();
  c->add_option("--scopes", o->scopes, "send, read, admin")
      ->delimiter(',')
      ->check(CLI::IsMember({"send", "read", "admin"}))
      ->capture_default_str();
  only_of_service(add_command(key, "list", "Keys, never their text", session, o, &print), o->service);
  add_command(key, "revoke", "Revokes a key, at once and for good", session, o, &revoke)
      ->add_option("ID", o->id, "Id of the key, as `messo key list` shows it")
      ->required();
}

}  // namespace messo::cli
