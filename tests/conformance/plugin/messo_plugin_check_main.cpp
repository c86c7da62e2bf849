// messo-plugin-check PLUGIN.so [--config FILE] [--to ADDRESS] [--messages N] [--patience SECONDS] [--call FILE] [--no-ack] [--json]
// Puts any channel plugin through the rules of the border. Exit code: 0 all passed, 1 something failed or crashed, 2 wrong call.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>

#include "plugin_checks.hpp"

namespace {

using messo::conformance::CheckOptions;

bool read_object(const std::string& file, nlohmann::json& into) {
  std::ifstream in(file);
  into = nlohmann::json::parse(in, nullptr, false);
  if (!into.is_object()) std::cerr << file << ": is not a JSON object\n";
  return into.is_object();
}

// The check that runs, for the handler of a crash, which may only write(2).
char running_check[128] = "";

void tell_where_it_crashes(CheckOptions& options) {
  options.begins = [](const std::string& id) { running_check[id.copy(running_check, sizeof running_check - 1)] = '\0'; };
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) {
    std::signal(number, [](int) {
      const auto say = [](const char* text) { [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text)); };
      say("CRASHED in the check \"");
      say(running_check);
      say("\": run it under a debugger, with the same options. An exception of a thread of your own ends here too.\n");
      ::_exit(1);
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace messo::conformance;
  CheckOptions options;
  std::string config_file, call_file;
  bool as_json = false, no_ack = false;
  int patience = 20;
  CLI::App app(
      "Checks a channel plugin of Messo against the rules of the plugin border. It sends real messages, fetches receipts and acknowledges "
      "them: configure it towards a test account.",
      "messo-plugin-check");
  app.add_option("plugin", options.plugin, "the plugin: path of its .so file")->required()->check(CLI::ExistingFile);
  app.add_option("--config", config_file, "its configuration, secrets included: a JSON file; default: {}")->check(CLI::ExistingFile);
  app.add_option("--to", options.to, "address to send to; default: an example that fits the channel");
  app.add_option("--messages", options.messages, "how many to send in a row")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--patience", patience, "seconds to wait for outcomes")->check(CLI::Range(1, 3600))->capture_default_str();
  app.add_option(
         "--call", call_file,
         "a call of the provider as it came, for plugins that take them: a JSON file with method, path, query, headers (object) and body")
      ->check(CLI::ExistingFile);
  app.add_flag("--no-ack", no_ack, "acknowledge no receipts: what is in the mailboxes stays");
  app.add_flag("--json", as_json, "print the report as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  options.patience = std::chrono::seconds(patience);
  options.acknowledge = !no_ack;
  options.config = nlohmann::json::object();
  if (!config_file.empty() && !read_object(config_file, options.config)) return 2;
  if (!call_file.empty() && !read_object(call_file, options.call)) return 2;
  tell_where_it_crashes(options);
  const auto results = check_plugin(options);
  std::cout << (as_json ? to_json(results).dump(2) + "\n" : to_text(results)) << std::flush;
  // Without running destructors: a plugin that was left behind may still have threads.
  std::_Exit(all_passed(results) ? 0 : 1);
}
