// The plugins of one folder, each opened at its first use and kept.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/guarded.hpp"
#include "channel/plugin_library.hpp"
#include "config/apply_plan.hpp"

namespace messo {

using PluginPtr = std::shared_ptr<const PluginLibrary>;

// A file of the folder: the plugin, or why it cannot be used.
struct ListedPlugin {
  std::string name;
  PluginPtr plugin;  // null when it failed
  std::string problem;
};

// Any thread. Opening reads the disk and runs the library's initialisers; afterwards get() is cheap.
class PluginCatalog {
 public:
  explicit PluginCatalog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // Failures are not kept: a plugin installed later is found.
  Result<PluginPtr> get(const std::string& name) const;
  // Every *.so of the folder, by name; opens them all.
  std::vector<ListedPlugin> list() const;
  // Names of the folder's *.so files, without opening them.
  std::vector<std::string> names() const;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  mutable Guarded<std::map<std::string, PluginPtr>> opened_;
};

// Checks `config` against the plugin's schema, fills defaults in, keeps secrets apart. Errors as ConfigSchema::check.
Result<SplitConfig> validate_provider_config(const PluginDescriptor& plugin, const nlohmann::json& config);

// The check `messo apply` plans with: looks the plugin up (unknown: the nearest name is told), that it serves the channel, and the
// configuration. The catalog must outlive it.
ProviderConfigCheck provider_config_check(const PluginCatalog& catalog);

}  // namespace messo
