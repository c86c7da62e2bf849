#include <CLI/CLI.hpp>
#include <exception>
#include <ostream>

#include "app/cli/commands.hpp"
#include "config/problems.hpp"

namespace messo::cli {
namespace {

constexpr auto kFooter = R"(Addresses and keys can also come from the environment: MESSO_SOCKET, MESSO_URL, MESSO_KEY.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no daemon answers.
First steps: messo apply FILE, messo template import templates --publish, messo key create, messo send, messo status ID.)";

void add_all(CLI::App& app, Session& session) {
  add_apply(app, session);
  add_send(app, session);
  add_status(app, session);
  add_list(app, session);
  add_tail(app, session);
  add_cancel(app, session);
  add_erase(app, session);
  add_organisation(app, session);
  add_key(app, session);
  add_provider(app, session);
  add_usage(app, session);
  add_receipts(app, session);
  add_evidence(app, session);
  add_template(app, session);
  add_outbox(app, session);
  add_pec(app, session);
  add_sms(app, session);
  add_suppressions(app, session);
  add_doubt(app, session);
  add_doctor(app, session);
  add_version(app, session);
}

// The word that stands where a command is wanted, and the nearest command; empty when there is none.
std::string unknown_command(const CLI::App& app) {
  const CLI::App* group = &app;
  std::string path = app.get_name();
  while (!group->get_subcommands().empty()) {
    group = group->get_subcommands().front();
    path += ' ' + group->get_name();
  }
  const auto words = app.remaining(true);  // what no group knew fell through to here
  if (group->get_require_subcommand_min() == 0 || words.empty() || words.front().starts_with('-')) return {};
  std::vector<std::string> names;
  for (const auto* command : group->get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  const auto near = nearest_word(words.front(), std::vector<std::string_view>(names.begin(), names.end()));
  return "messo: there is no command \"" + words.front() + "\"" + (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?") +
         " `" + path + " --help` lists them.\n";
}

}  // namespace

int run_messo(int argc, const char* const* argv, Session& session) {
  try {
    CLI::App app("messo: administers a Messo hub and sends through it.", "messo");
    app.footer(kFooter);
    app.require_subcommand(1);
    app.fallthrough();  // --json and the address may stand before or after the command
    std::string key;
    auto* socket =
        app.add_option("--socket", session.socket, "Unix socket of the daemon; searched for when not given")->envname("MESSO_SOCKET");
    auto* url =
        app.add_option("--url", session.url, "Address of the daemon instead of its socket: http://127.0.0.1:8780")->envname("MESSO_URL");
    app.add_option("--key", key, "Key for --url; better in the environment, where other users do not see it")->envname("MESSO_KEY");
    app.add_flag("--json", session.as_json, "Answers as JSON, for programs");
    app.parse_complete_callback([&] {
      session.key = Secret(key);
      // A socket named on the command line goes before an address from the environment.
      if (socket->count() > 0 && url->count() == 0) session.url.clear();
      while (session.url.ends_with('/')) session.url.pop_back();
    });
    add_all(app, session);
    try {
      app.parse(argc, argv);
    } catch (const CLI::Success& help) {
      return app.exit(help, session.out, session.err);
    } catch (const CLI::ParseError& error) {
      if (const auto sentence = unknown_command(app); !sentence.empty()) {
        session.err << sentence;
      } else {
        app.exit(error, session.out, session.err);
      }
      return kUsage;
    }
    return session.exit_code;
  } catch (const std::exception& error) {
    session.err << "messo: this should not have happened, please report it: " << error.what() << '\n';
    return kFailure;
  }
}

}  // namespace messo::cli
