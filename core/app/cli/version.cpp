#include <CLI/CLI.hpp>
#include <ostream>

#include "app/cli/commands.hpp"
#include "app/version.hpp"

namespace messo::cli {

void add_version(CLI::App& app, Session& session) {
  auto* command = app.add_subcommand("version", "Version of this program, and of the daemon if one answers");
  command->callback([&session] {
    std::string daemon;
    if (auto answer = session.api().call({.path = "/v1/admin/status", .timeout = Millis{2'000}})) daemon = text(answer->body, "version");
    if (session.printed_json({{"messo", kVersion}, {"messod", daemon.empty() ? nlohmann::json() : nlohmann::json(daemon)}})) return;
    session.out << "messo " << kVersion << '\n';
    if (!daemon.empty()) session.out << "messod " << daemon << " at " << session.api().where() << '\n';
  });
}

}  // namespace messo::cli
