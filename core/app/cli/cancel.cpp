#include <ostream>

#include "app/cli/add_command.hpp"

namespace messo::cli {
namespace {

// The daemon cancels on behalf of the service that posted it, which the notification knows.
Status cancel(Session& session, const std::string& id) {
  std::string service;
  if (session.url.empty()) {
    auto found = session.api().call({.path = "/v1/notifications/" + percent_encode(id)});
    if (!found) return fail(std::move(found.error()));
    service = text(found->body, "organisation") + '/' + text(found->body, "service");
  }
  auto answer = session.api().call(
      {.method = "POST", .path = "/v1/notifications/" + percent_encode(id) + "/cancel", .query = {{"service", service}}});
  if (!answer) return fail(std::move(answer.error()));
  if (!session.printed_json(answer->body)) session.out << "Cancelled: it will not be sent.\n";
  return {};
}

}  // namespace

void add_cancel(CLI::App& app, Session& session) {
  auto id = std::make_shared<std::string>();
  add_command(app, "cancel", "Withdraws a notification that has not left yet", session, id, &cancel)
      ->add_option("ID", *id, "Id of the notification")
      ->required();
}

}  // namespace messo::cli
