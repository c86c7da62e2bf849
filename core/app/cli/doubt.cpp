#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/doubt_view.hpp"
#include "config/units.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct DoubtOptions {
  std::string id, provider, organisation, older_than, reason, result, name;
  std::size_t limit = 50;
  bool even_if_expired = false;
};

std::string doubt_path(const std::string& id, const std::string& verb = {}) {
  return "/v1/admin/doubts/" + percent_encode(id) + (verb.empty() ? "" : '/' + verb);
}

// Who sits at the keyboard: behind sudo, the one who called it.
std::string person() {
  if (const char* behind = std::getenv("SUDO_USER"); behind != nullptr && *behind != '\0') return behind;
  const passwd* entry = ::getpwuid(::getuid());  // NOLINT(concurrency-mt-unsafe): the command line has one thread
  return entry != nullptr && entry->pw_name != nullptr ? entry->pw_name : "";
}

Result<std::string> before(const std::string& older_than) {
  if (older_than.empty()) return std::string();
  const auto age = parse_duration(older_than);
  if (!age) return fail(ErrorKind::invalid, "usage", "--older-than wants a duration like \"15 min\", \"2 h\" or \"3 d\"");
  return to_rfc3339(SystemClock().now() - *age);
}

Status print_doubts(Session& session, const DoubtOptions& o) {
  const auto limit_instant = before(o.older_than);
  if (!limit_instant) return fail(Error(limit_instant.error()));
  const auto found = session.items(
      {.path = "/v1/admin/doubts", .query = {{"provider", o.provider}, {"organisation", o.organisation}, {"before", *limit_instant}}},
      o.limit);
  if (!found) return fail(Error(found.error()));
  const json& all = found->all;
  if (session.printed_json({{"items", all}})) return {};
  if (all.empty()) {
    session.out << "Nothing is in doubt.\n";
    return {};
  }
  session.out << doubts_text(all, SystemClock().now())
              << (found->more ? "There are more: raise --limit, or narrow it with --provider, --organisation, --older-than.\n" : "")
              << "Nobody knows whether the provider has these messages. Look at one with: messo doubt show " << text(all.front(), "id")
              << '\n';
  return {};
}

Result<json> fetch_doubt(Session& session, const std::string& id) {
  auto answer = session.api().call({.path = doubt_path(id)});
  if (!answer) return fail(std::move(answer.error()));
  return std::move(answer->body);
}

Status show_doubt(Session& session, const DoubtOptions& o) {
  const auto doubt = fetch_doubt(session, o.id);
  if (!doubt) return fail(Error(doubt.error()));
  if (!session.printed_json(*doubt)) session.out << doubt_text(*doubt, SystemClock().now());
  return {};
}

// Decides about the attempt that is in doubt now; another one's doubt is another decision.
Result<json> decide_doubt(Session& session, const DoubtOptions& o, const std::string& verb, json body) {
  const auto doubt = fetch_doubt(session, o.id);
  // Settled meanwhile: the daemon says what became of it.
  if (doubt) body["attempt"] = text(*doubt, "attempt");
  if (!doubt && doubt.error().kind != ErrorKind::not_found) return fail(Error(doubt.error()));
  if (!o.reason.empty()) body["reason"] = o.reason;
  if (const std::string who = o.name.empty() ? person() : o.name; !who.empty()) body["operator"] = who;
  auto answer = session.api().call({.method = "POST", .path = doubt_path(o.id, verb), .body = std::move(body)});
  if (!answer) return fail(std::move(answer.error()));
  return std::move(answer->body);
}

Status ask_doubt(Session& session, const DoubtOptions& o) {
  const auto answer = decide_doubt(session, o, "ask", json::object());
  if (!answer) return fail(Error(answer.error()));
  if (!session.printed_json(*answer)) session.out << "The provider is asked. See what it says with: messo doubt show " << o.id << '\n';
  return {};
}

Status resend_doubt(Session& session, const DoubtOptions& o) {
  json body = json::object();
  if (o.even_if_expired) body["even_if_expired"] = true;
  const auto answer = decide_doubt(session, o, "resend", std::move(body));
  if (!answer) return fail(Error(answer.error()));
  if (!session.printed_json(*answer))
    session.out << "It is sent again. Follow it with: messo status " << text(*answer, "notification") << '\n';
  return {};
}

Status close_doubt(Session& session, const DoubtOptions& o) {
  const auto answer = decide_doubt(session, o, "close", json{{"result", o.result}});
  if (!answer) return fail(Error(answer.error()));
  if (!session.printed_json(*answer))
    session.out << "Closed as " << text(*answer, "status") << ". A receipt that comes later still counts.\n";
  return {};
}

}  // namespace

void add_doubt(CLI::App& app, Session& session) {
  auto o = std::make_shared<DoubtOptions>();
  auto& doubt = add_group(app, "doubt", "Messages the provider may have or not; nobody knows");
  auto* l = add_command(doubt, "list", "Those in doubt, the oldest first", session, o, &print_doubts);
  l->add_option("--provider", o->provider, "Only of this provider");
  l->add_option("--organisation", o->organisation, "Only of this organisation");
  l->add_option("--older-than", o->older_than, "Only those in doubt for longer than this, like \"2 h\"");
  l->add_option("--limit", o->limit, "How many at most")->capture_default_str()->check(CLI::Range(1, 1'000'000));
  const auto about_one = [&](const char* name, const char* about, Status (*body)(Session&, const DoubtOptions&)) {
    auto* command = add_command(doubt, name, about, session, o, body);
    command->add_option("ID", o->id, "Id of the doubt, or of its notification")->required();
    return command;
  };
  const auto with_reason = [&](CLI::App* command) {
    command->add_option("--reason", o->reason, "Why; kept in the history, where the sending office can read it")->required();
    command->add_option("--operator", o->name, "Who decides; your user name when not given");
    return command;
  };
  about_one("show", "One with its attempts and history, and what to do", &show_doubt);
  about_one("ask", "Asks the provider once more, at once", &ask_doubt);
  with_reason(about_one("resend", "Sends it again: you know that the provider does not have it", &resend_doubt))
      ->add_flag("--even-if-expired", o->even_if_expired, "Also when the time it was to be sent in has passed");
  with_reason(about_one("close", "Ends it: you know what became of it, or that nobody will", &close_doubt))
      ->add_option("--as", o->result, "sent: the provider has it; refused: it never will; no_outcome: nobody can tell")
      ->required()
      ->check(CLI::IsMember({"sent", "refused", "no_outcome"}));
}

}  // namespace messo::cli
