#include "exec_settings.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/valijson.hpp"
#include "messo_channel.hpp"

namespace exec {

using messo::plugin::ConfigError;
using nlohmann::json;

Settings Settings::from(std::string_view config_json) {
  const json tree = json::parse(config_json);
  Settings out;
  out.command = tree.at("command").get<std::vector<std::string>>();
  if (out.command.front().front() != '/') {
    throw ConfigError("command: must begin with an absolute path, because no shell looks for the program; write /usr/bin/...");
  }
  if (::access(out.command.front().c_str(), X_OK) != 0) {
    throw ConfigError("command: " + out.command.front() + " cannot be run by the daemon's user; check path and rights");
  }
  out.folder = tree.value("folder", "/");
  if (out.folder.empty() || out.folder.front() != '/') throw ConfigError("folder: must be absolute");
  const json environment = tree.value("environment", json::object());  // named: items() of a temporary would outlive it
  for (const auto& [name, value] : environment.items()) {
    if (!value.is_string() || name.empty() || name.find('=') != std::string::npos) {
      throw ConfigError("environment." + name + ": must be a text with a name without \"=\"");
    }
    out.environment.push_back(name + "=" + value.get<std::string>());
  }
  out.own = tree.value("settings", json::object());
  out.own.merge_patch(tree.value("secrets", json::object()));
  out.credits = tree.value("credits", out.credits);
  out.startup = std::chrono::milliseconds(tree.value("startup_ms", std::int64_t{15'000}));
  out.silence = std::chrono::milliseconds(tree.value("silence_ms", std::int64_t{120'000}));
  out.memory_bytes = tree.value("memory_mb", std::uint64_t{0}) << 20;
  return out;
}

std::string problem_of(const json& schema, const json& settings) {
  try {
    valijson::Schema parsed;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(valijson::adapters::NlohmannJsonAdapter(schema), parsed);
    valijson::ValidationResults results;
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    if (validator.validate(parsed, valijson::adapters::NlohmannJsonAdapter(settings), &results)) return {};
    valijson::ValidationResults::Error error;
    std::string where = "settings", what = "they do not fit the program's schema";
    while (results.popError(error)) {
      where = "settings";
      for (std::size_t i = 1; i < error.context.size(); ++i) where += error.context[i];
      what = error.description;
    }
    return where + ": " + what;
  } catch (const std::exception&) {
    return "command: the program's schema is none of JSON Schema draft 7; report it to its author";
  }
}

}  // namespace exec
