// How a command comes into the application. For the files of commands only: CLI11 takes seconds to compile.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <type_traits>

#include "app/cli/commands.hpp"

namespace messo::cli {

// A command of `parent` that runs `body` with what the command line said; Session::run tells its error. Its options are then bound to
// members of `*options`, which several commands may share.
template <class Options>
CLI::App* add_command(CLI::App& parent, const char* name, const char* about, Session& session, std::shared_ptr<Options> options,
                      Status (*body)(Session&, const std::type_identity_t<Options>&)) {
  auto* command = parent.add_subcommand(name, about);
  command->callback([&session, options, body] { session.run([&] { return body(session, *options); }); });
  return command;
}

// A command that only holds others: `messo key create`.
inline CLI::App& add_group(CLI::App& parent, const char* name, const char* about) {
  auto* group = parent.add_subcommand(name, about);
  group->require_subcommand(1);
  return *group;
}

inline void only_of_service(CLI::App* command, std::string& service) {
  command->add_option("--service", service, "Only of this service, as organisation/service");
}

}  // namespace messo::cli
