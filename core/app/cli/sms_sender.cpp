#include "app/cli/sms_sender.hpp"

#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct SmsSenderOptions {
  std::string organisation, alias, state = "registered", registered_on, note;
};

constexpr auto kSmsSendersPath = "/v1/admin/sms-senders";

Status list_sms_senders(Session& session, const SmsSenderOptions& o) {
  auto answer = session.api().call({.path = kSmsSendersPath, .query = {{"organisation", o.organisation}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  Table table({"ORGANISATION", "ALIAS", "STATE", "REGISTERED", "NOTE"});
  for (const json& one : list(answer->body, "items")) {
    table.add({text(one, "organisation"), text(one, "alias"), text(one, "state"), text(one, "registered_on"), clip(text(one, "note"), 60)});
  }
  session.out << (table.empty()
                      ? "No alias is entered: SMS leave with a number, or with the provider's own sender. Enter one with `messo sms sender "
                        "set ALIAS`.\n"
                      : table.to_text());
  return {};
}

Status set_sms_sender(Session& session, const SmsSenderOptions& o) {
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  json body = {{"organisation", *organisation}, {"alias", o.alias}, {"state", o.state}};
  put(body, "registered_on", o.registered_on);
  put(body, "note", o.note);
  auto answer = session.api().call({.method = "POST", .path = kSmsSendersPath, .body = std::move(body)});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  session.out << (answer->status == 201 ? "Entered" : "Changed") << ": \"" << o.alias << "\" of " << *organisation << " is " << o.state
              << (o.state == "registered" ? ". SMS may leave with it.\n" : ". SMS with it are refused until it is registered.\n");
  return {};
}

Status remove_sms_sender(Session& session, const SmsSenderOptions& o) {
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  auto answer =
      session.api().call({.method = "DELETE", .path = kSmsSendersPath, .query = {{"organisation", *organisation}, {"alias", o.alias}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  session.out << "Removed: SMS of " << *organisation << " no longer leave with \"" << o.alias << "\".\n";
  return {};
}

}  // namespace

void add_sms_sender(CLI::App& sms, Session& session) {
  auto o = std::make_shared<SmsSenderOptions>();
  auto& group = add_group(sms, "sender", "Alphanumeric senders (aliases) and how they stand in AGCOM's register");
  add_command(group, "list", "Aliases by organisation", session, o, &list_sms_senders)
      ->add_option("--organisation", o->organisation, "Only of this organisation");
  const auto changing = [&](const char* name, const char* about, Status (*body)(Session&, const SmsSenderOptions&)) {
    auto* command = add_command(group, name, about, session, o, body);
    command->add_option("ALIAS", o->alias, "The alias, exactly as it is registered")->required();
    command->add_option("--organisation", o->organisation, "Key of the organisation; needed when there are several");
    return command;
  };
  auto* set = changing("set", "Enters an alias, or changes how it stands", &set_sms_sender);
  set->add_option("--state", o->state, "registered, pending or refused")->capture_default_str();
  set->add_option("--registered-on", o->registered_on, "Day of the registration, like 2026-11-22");
  set->add_option("--note", o->note, "For administrators: through whom, under which number");
  changing("remove", "Takes an alias out; SMS with it are refused from now on", &remove_sms_sender);
}

}  // namespace messo::cli
