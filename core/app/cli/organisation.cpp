#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct OrganisationOptions {};

std::string organisation_state(const json& organisation) {
  if (flag(organisation, "retired")) return "retired";
  return flag(organisation, "paused") ? "paused" : "in use";
}

Status list_organisations(Session& session, const OrganisationOptions&) {
  auto answer = session.api().call({.path = "/v1/admin/organisations"});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  Table table({"KEY", "NAME", "PARENT", "REGION", "WEIGHT", "STATE"});
  for (const json& one : list(answer->body, "items")) {
    table.add({text(one, "key"), clip(text(one, "name"), 60), text(one, "parent"),
               text(one, "region") + (flag(one, "region_inherited") ? " (inherited)" : ""), text(one, "weight"), organisation_state(one)});
  }
  session.out << (table.empty() ? "There is none. Write one into a file and run `messo apply FILE`.\n" : table.to_text());
  return {};
}

}  // namespace

void add_organisation(CLI::App& app, Session& session) {
  auto& group = add_group(app, "organisation", "Public bodies this hub serves");
  add_command(group, "list", "Organisations, with the region their phone numbers are read in", session,
              std::make_shared<OrganisationOptions>(), &list_organisations);
}

}  // namespace messo::cli
