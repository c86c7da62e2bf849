// The rules of the plugin border as checks that any plugin can be put through.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "model/words.hpp"

namespace messo::conformance {

struct CheckOptions {
  std::filesystem::path plugin;       // path of the .so
  nlohmann::json config;              // whole, with secrets
  std::string to;                     // address to send to; empty: one that fits the channel
  std::size_t messages = 200;         // for the check with many
  std::chrono::seconds patience{20};  // for outcomes
  nlohmann::json call;                // a provider's call as recorded: method, path, query, headers, body; null: none is at hand
  bool acknowledge = true;            // items found in mailboxes are acknowledged, as the hub would
  std::function<void(const std::string& id)> begins;  // a check begins; for whoever wants to know where a plugin crashed
};

enum class Verdict : std::uint8_t { passed, failed, skipped };

struct CheckResult {
  std::string id;    // "stop.drains"
  std::string rule;  // what the border asks, one sentence
  Verdict verdict = Verdict::passed;
  std::vector<std::string> notes;  // what was broken, or figures
};

// Runs every check in order; what depends on a failed one is skipped. Sends real messages through the plugin.
std::vector<CheckResult> check_plugin(const CheckOptions& options);

// What an author does about a failed rule; empty for one without advice.
std::string_view remedy_of(std::string_view id);
bool all_passed(const std::vector<CheckResult>& results);
std::string to_text(const std::vector<CheckResult>& results);
nlohmann::json to_json(const std::vector<CheckResult>& results);

}  // namespace messo::conformance
