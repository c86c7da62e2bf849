#include <unistd.h>

#include <ostream>

#include "app/cli/add_command.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct EraseOptions {
  std::string organisation, file;
  AddressFlags whom;
  bool yes = false;
};

Result<json> person(const EraseOptions& o) {
  json recipient = json::object();
  if (!o.file.empty()) {
    auto given = read_json_object(o.file);
    if (!given) return fail(std::move(given.error()));
    recipient = std::move(*given);
  }
  o.whom.put_into(recipient);
  if (recipient.empty())
    return fail(ErrorKind::invalid, "no_address", "whom? Give every address the person has: --email, --pec, --phone, ...");
  return recipient;
}

Status erase(Session& session, const EraseOptions& o) {
  auto recipient = person(o);
  if (!recipient) return fail(std::move(recipient.error()));
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  if (!o.yes) {
    if (session.as_json || ::isatty(STDIN_FILENO) == 0)
      return fail(ErrorKind::invalid, "not_confirmed", "what is erased cannot be had back: say so with --yes");
    session.out << "Addresses, data and attachments of everything " << *organisation
                << " sent to these addresses go for good; what has not left is cancelled.\n";
    if (!confirmed(session, "Erase it?")) {
      session.out << "Nothing was erased.\n";
      return {};
    }
  }
  auto answer = session.api().call(
      {.method = "POST", .path = "/v1/admin/erasures", .body = {{"organisation", *organisation}, {"recipient", *std::move(recipient)}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  session.out << "Erased: " << number(answer->body, "erased") << " notifications, " << number(answer->body, "cancelled")
              << " of them cancelled before they left.\n";
  if (const auto excluded = number(answer->body, "suppressions"); excluded > 0)
    session.out << "No longer excluded: " << excluded << " of the addresses. Exclude them anew where the person wants no messages.\n";
  if (const auto left = number(answer->body, "left"); left > 0) {
    session.out << "Left: " << left << ", on their way or legal notices that have not left. Repeat it when they have ended.\n";
  }
  return {};
}

}  // namespace

void add_erase(CLI::App& app, Session& session) {
  auto o = std::make_shared<EraseOptions>();
  auto* c = add_command(app, "erase", "Erases one person's data in an organisation; the history without it stays", session, o, &erase);
  c->add_option("--organisation", o->organisation, "Key of the organisation; needed when there are several");
  c->add_option("--email", o->whom.email, "An email address the person has");
  c->add_option("--pec", o->whom.pec, "A PEC address");
  c->add_option("--phone", o->whom.phone, "A phone number");
  c->add_option("--fiscal-code", o->whom.fiscal_code, "The codice fiscale");
  c->add_option("-f,--file", o->file, "A recipient as JSON, - for standard input: other kinds of addresses, and none on the command line");
  c->add_flag("-y,--yes", o->yes, "Do not ask");
}

}  // namespace messo::cli
