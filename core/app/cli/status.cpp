#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/notification_view.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct StatusOptions {
  std::string id, service;
};

Status one(Session& session, const StatusOptions& o) {
  auto answer = session.api().call({.path = "/v1/notifications/" + percent_encode(o.id), .query = {{"service", o.service}}});
  if (!answer) return fail(std::move(answer.error()));
  if (!session.printed_json(answer->body)) session.out << notification_text(answer->body);
  return {};
}

void print_reasons(std::ostream& out, const json& reasons) {
  for (const json& reason : reasons) out << "  ! " << plain(text(reason, "detail")) << '\n';
}

std::string node_text(const json& n) {
  const json store = n.contains("store") ? n["store"] : json::object();
  std::string out = "Messo " + text(n, "version") + " on " + text(n, "node") + ": " + text(n, "health") + ", up since " +
                    local_time(text(n, "started_at")) + '\n';
  for (const json& reason : list(n, "reasons")) out += "  ! " + plain(text(reason, "detail")) + '\n';
  out += "Store: " + std::string(flag(store, "writable") ? "writable" : "NOT WRITABLE: " + plain(text(store, "problem"))) + ", " +
         short_size(number(store, "bytes_used")) + " used, " + short_size(number(store, "bytes_free")) + " free\n";
  Table queues({"POOL", "PRIORITY", "WAITING", "IN HAND", "AWAITING RECEIPT", "IN DOUBT", "OLDEST DUE"});
  for (const json& q : list(n, "queues")) {
    queues.add({text(q, "pool"), text(q, "priority"), text(q, "waiting"), text(q, "in_hand"), text(q, "awaiting_receipt"),
                text(q, "in_doubt"), local_time(text(q, "oldest_due"))});
  }
  out += queues.empty() ? "\nNothing is waiting.\n" : '\n' + queues.to_text();
  Table providers({"PROVIDER", "STATE", "DETAIL"});
  for (const json& p : list(n, "providers")) providers.add({text(p, "key"), text(p, "state"), text(p, "detail")});
  if (!providers.empty()) out += '\n' + providers.to_text();
  return out;
}

Status node(Session& session) {
  // With a service's key only the public health can be seen.
  auto answer = session.api().call({.path = session.url.empty() ? "/v1/admin/status" : "/status"});
  if (!answer) return fail(std::move(answer.error()));
  if (text(answer->body, "health") == "unhealthy") session.exit_code = kFailure;
  if (session.printed_json(answer->body)) return {};
  if (session.url.empty()) {
    session.out << node_text(answer->body);
  } else {
    session.out << text(answer->body, "health") << ": " << text(answer->body, "detail") << '\n';
    print_reasons(session.out, list(answer->body, "reasons"));
  }
  return {};
}

Status status(Session& session, const StatusOptions& o) { return o.id.empty() ? node(session) : one(session, o); }

}  // namespace

void add_status(CLI::App& app, Session& session) {
  auto o = std::make_shared<StatusOptions>();
  auto* command = add_command(app, "status", "How the hub is, or how far one notification is", session, o, &status);
  command->add_option("ID", o->id, "Id of a notification");
  command->add_option("--service", o->service, "The service it belongs to, as organisation/service");
}

}  // namespace messo::cli
