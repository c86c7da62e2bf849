#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct ListOptions {
  std::string service, status, tmpl, reference, from, to;
  std::size_t limit = 20;
};

Status print(Session& session, const ListOptions& o) {
  Table table({"ID", "ACCEPTED", "STATUS", "TEMPLATE", "SERVICE", "REFERENCE", "MODE"});
  const auto found = session.items({.path = "/v1/notifications",
                                    .query = {{"service", o.service},
                                              {"status", o.status},
                                              {"template", o.tmpl},
                                              {"reference", o.reference},
                                              {"from", o.from},
                                              {"to", o.to}}},
                                   o.limit);
  if (!found) return fail(Error(found.error()));
  for (const json& n : found->all) {
    table.add({text(n, "id"), local_time(text(n, "accepted_at")), text(n, "status"), text(n, "template"),
               text(n, "organisation") + '/' + text(n, "service"), text(n, "reference"), text(n, "mode") == "test" ? "test" : ""});
  }
  if (session.printed_json({{"items", found->all}})) return {};
  if (table.empty()) {
    session.out << "There is none.\n";
  } else {
    session.out << table.to_text()
                << (found->more ? "There are more: raise --limit, or narrow it with --status, --template, --from.\n" : "");
  }
  return {};
}

}  // namespace

void add_list(CLI::App& app, Session& session) {
  auto o = std::make_shared<ListOptions>();
  auto* c = add_command(app, "list", "Notifications, newest first", session, o, &print);
  only_of_service(c, o->service);
  c->add_option("--status", o->status, "Only with this status: queued, sent, delivered, refused, in_doubt, ...");
  c->add_option("--template", o->tmpl, "Only of this template");
  c->add_option("--reference", o->reference, "Only with this reference");
  c->add_option("--from", o->from, "Accepted at or after this time");
  c->add_option("--to", o->to, "Accepted before this time");
  c->add_option("--limit", o->limit, "How many at most")->capture_default_str()->check(CLI::Range(1, 1'000'000));
}

}  // namespace messo::cli
