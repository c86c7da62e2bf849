// messo-plugin-check PLUGIN.so [--config FILE] [--to ADDRESS] [--messages N] [--patience SECONDS] [--json]
// Puts any channel plugin through the rules of the border. Exit code: 0 all passed, 1 something failed, 2 wrong call.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "plugin_checks.hpp"

int main(int argc, char** argv) {
  using namespace messo::conformance;
  CheckOptions options;
  std::string config_file;
  bool as_json = false;
  int patience = 20;
  CLI::App app(
      "Checks a channel plugin of Messo against the rules of the plugin border. It sends real messages: configure it towards a test "
      "account.",
      "messo-plugin-check");
  app.add_option("plugin", options.plugin, "the plugin: path of its .so file")->required()->check(CLI::ExistingFile);
  app.add_option("--config", config_file, "its configuration, secrets included: a JSON file; default: {}")->check(CLI::ExistingFile);
  app.add_option("--to", options.to, "address to send to; default: an example that fits the channel");
  app.add_option("--messages", options.messages, "how many to send in a row")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  app.add_option("--patience", patience, "seconds to wait for outcomes")->check(CLI::Range(1, 3600))->capture_default_str();
  app.add_flag("--json", as_json, "print the report as JSON");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  options.patience = std::chrono::seconds(patience);
  options.config = nlohmann::json::object();
  if (!config_file.empty()) {
    std::ifstream in(config_file);
    options.config = nlohmann::json::parse(in, nullptr, false);
    if (!options.config.is_object()) {
      std::cerr << config_file << ": is not a JSON object\n";
      return 2;
    }
  }
  const auto results = check_plugin(options);
  std::cout << (as_json ? to_json(results).dump(2) + "\n" : to_text(results)) << std::flush;
  // Without running destructors: a plugin that was left behind may still have threads.
  std::_Exit(all_passed(results) ? 0 : 1);
}
