// What an administrator sets for a channel in a program of its own.
#pragma once
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace exec {

struct Settings {
  std::vector<std::string> command;
  std::string folder;
  std::vector<std::string> environment;  // "NAME=value"
  nlohmann::json own;                    // the channel's settings with its secrets
  std::uint32_t credits = 20;
  std::chrono::milliseconds startup{15'000}, silence{120'000};
  std::uint64_t memory_bytes = 0;

  // Validated configuration; throws messo::plugin::ConfigError.
  static Settings from(std::string_view config_json);
};

// What is wrong with `settings` by the program's own JSON Schema (draft 7); empty: nothing. A schema that is none is a sentence too.
std::string problem_of(const nlohmann::json& schema, const nlohmann::json& settings);

}  // namespace exec
