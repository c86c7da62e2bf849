#include "channel/plugin_catalog.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace messo {

Result<PluginPtr> PluginCatalog::get(const std::string& name) const {
  // The lock is held while opening, so that two callers do not run a library's checks twice.
  return opened_.with([&](auto& opened) -> Result<PluginPtr> {
    if (const auto at = opened.find(name); at != opened.end()) return at->second;
    auto plugin = PluginLibrary::open(folder_, name);
    if (!plugin) return fail(std::move(plugin.error()));
    opened.emplace(name, *plugin);
    return std::move(*plugin);
  });
}

std::vector<std::string> PluginCatalog::names() const {
  std::vector<std::string> out;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, failed)) {
    if (entry.path().extension() == ".so" && is_plugin_name(entry.path().stem().string())) out.push_back(entry.path().stem().string());
  }
  std::ranges::sort(out);
  return out;
}

std::vector<ListedPlugin> PluginCatalog::list() const {
  std::vector<ListedPlugin> out;
  for (std::string& name : names()) {
    auto plugin = get(name);
    out.push_back({std::move(name), plugin ? std::move(*plugin) : nullptr, plugin ? std::string{} : plugin.error().message});
  }
  return out;
}

Result<SplitConfig> validate_provider_config(const PluginDescriptor& plugin, const nlohmann::json& config) {
  auto whole = plugin.schema.check(config);
  if (!whole) return fail(std::move(whole.error()));
  return plugin.schema.split_secrets(*whole);
}

ProviderConfigCheck provider_config_check(const PluginCatalog& catalog) {
  return [&catalog](const std::string& name, Channel channel, const nlohmann::json& config) -> Result<CheckedProviderConfig> {
    auto plugin = catalog.get(name);
    if (!plugin) {
      Error error = std::move(plugin.error());
      if (error.code == "no_such_plugin") {
        const auto names = catalog.names();
        const std::vector<std::string_view> known(names.begin(), names.end());
        const std::string_view near = nearest_word(name, known);
        error.message += near.empty() ? fmt::format("; there are {}", fmt::join(names, ", ")) : fmt::format("; did you mean \"{}\"?", near);
      }
      return fail(std::move(error));
    }
    const PluginDescriptor& descriptor = (*plugin)->descriptor();
    if (!descriptor.serves(channel)) {
      return fail(ErrorKind::invalid, "wrong_channel",
                  fmt::format("plugin \"{}\" does not serve the channel {}", name, to_string(channel)));
    }
    auto split = validate_provider_config(descriptor, config);
    if (!split) return fail(std::move(split.error()));
    CheckedProviderConfig out{std::move(split->public_json), std::move(split->secrets_json), descriptor.has_extension("query/1"), {}};
    out.recommended = descriptor.schema.recommended_rates(nlohmann::json::parse(out.config_json));
    return out;
  };
}

}  // namespace messo
