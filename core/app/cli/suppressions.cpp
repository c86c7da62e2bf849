#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"
#include "base/uuid.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct SuppressionOptions {
  std::string address, what, channel = "email", only_channel, organisation, reason;
  std::size_t limit = 50;
};

constexpr auto kSuppressionsPath = "/v1/suppressions";

// Written out: a person's own, or the code of what came back.
std::string why(const json& one) {
  const std::string source = text(one, "source");
  return source == "person" ? text(one, "reason") : source + ": " + text(one, "reason");
}

Status list_suppressions(Session& session, const SuppressionOptions& o) {
  const auto organisation = o.address.empty() ? Result<std::string>(o.organisation) : session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  const auto found = session.items(
      {.path = kSuppressionsPath, .query = {{"organisation", *organisation}, {"address", o.address}, {"channel", o.only_channel}}},
      o.limit);
  if (!found) return fail(Error(found.error()));
  if (session.printed_json({{"items", found->all}})) return {};
  Table table({"ID", "SINCE", "ORGANISATION", "CHANNEL", "ADDRESS", "WHY", "NOTIFICATION"});
  for (const json& one : found->all) {
    table.add({text(one, "id"), local_time(text(one, "since")), text(one, "organisation"), text(one, "channel"),
               clip(text(one, "address"), 60), clip(why(one), 60), text(one, "notification")});
  }
  if (table.empty()) {
    session.out << (o.address.empty() ? "No address is excluded.\n" : "The address is not excluded.\n");
    return {};
  }
  session.out << table.to_text()
              << (found->more ? "There are more: raise --limit, or narrow it with --organisation, --channel, --address.\n" : "");
  return {};
}

Status add_suppression(Session& session, const SuppressionOptions& o) {
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  auto answer =
      session.api().call({.method = "POST",
                          .path = kSuppressionsPath,
                          .body = {{"organisation", *organisation}, {"channel", o.channel}, {"address", o.address}, {"reason", o.reason}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  const json& one = answer->body;
  if (answer->status == 200) {
    session.out << "It was excluded already, since " << local_time(text(one, "since")) << " (" << plain(why(one)) << ").\n";
    return {};
  }
  session.out << "Excluded: courtesy messages of " << *organisation << " to this address end as suppressed; legal ones go out.\n"
              << "Take it back with: messo suppressions remove " << text(one, "id") << '\n';
  return {};
}

// An address is looked for first; what is removed is always one suppression by its id.
Result<std::string> id_of_suppression(Session& session, const SuppressionOptions& o) {
  if (Uuid::parse(o.what)) return o.what;
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  auto answer = session.api().call(
      {.path = kSuppressionsPath, .query = {{"organisation", *organisation}, {"address", o.what}, {"channel", o.channel}}});
  if (!answer) return fail(std::move(answer.error()));
  const json& found = list(answer->body, "items");
  if (found.empty())
    return fail(ErrorKind::not_found, "suppression_not_found",
                "this address is not excluded on this channel; `messo suppressions list` shows those that are");
  return text(found.front(), "id");
}

Status remove_suppression(Session& session, const SuppressionOptions& o) {
  const auto id = id_of_suppression(session, o);
  if (!id) return fail(Error(id.error()));
  auto answer = session.api().call({.method = "DELETE", .path = std::string(kSuppressionsPath) + '/' + percent_encode(*id)});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  session.out << "Courtesy messages of " << text(answer->body, "organisation")
              << " go to this address again. What ended as suppressed meanwhile stays so: send it anew where it is still wanted.\n";
  return {};
}

}  // namespace

void add_suppressions(CLI::App& app, Session& session) {
  auto o = std::make_shared<SuppressionOptions>();
  auto& group = add_group(app, "suppressions", "Addresses that courtesy messages do not go to any more");
  const auto with_organisation = [&](CLI::App* command, const char* about) {
    command->add_option("--organisation", o->organisation, about);
    return command;
  };
  auto* l = with_organisation(add_command(group, "list", "Those excluded, newest first, and why", session, o, &list_suppressions),
                              "Only of this organisation");
  l->add_option("--address", o->address, "Only this address");
  l->add_option("--channel", o->only_channel, "Only of this channel; with --address email when not given");
  l->add_option("--limit", o->limit, "How many at most")->capture_default_str()->check(CLI::Range(1, 1'000'000));
  const auto changing = [&](const char* name, const char* about, Status (*body)(Session&, const SuppressionOptions&)) {
    auto* command =
        with_organisation(add_command(group, name, about, session, o, body), "Key of the organisation; needed when there are several");
    command->add_option("--channel", o->channel, "email, pec, sms, io, push or webhook")->capture_default_str();
    return command;
  };
  auto* add = changing("add", "Excludes an address; legal messages still go to it", &add_suppression);
  add->add_option("ADDRESS", o->address, "The address")->required();
  add->add_option("--reason", o->reason, "Why, for the colleague who finds it; no personal data")->required();
  changing("remove", "Lets courtesy messages go to an address again", &remove_suppression)
      ->add_option("WHAT", o->what, "Id of the suppression, or the address")
      ->required();
}

}  // namespace messo::cli
