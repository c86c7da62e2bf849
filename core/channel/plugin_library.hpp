// A plugin's shared library: found by bare name, checked, mapped and never unmapped (DESIGN §7).
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "channel/config_schema.hpp"
#include "channel/sdk/messo_channel.h"
#include "model/words.hpp"

namespace messo {

// What a plugin says of itself, checked and owned.
struct PluginDescriptor {
  std::string name;     // bare library name
  std::string version;  // semantic version
  std::vector<Channel> channels;
  std::vector<std::string> extensions;  // "simulated/1", ...
  std::size_t preferred_batch = 1;
  std::size_t max_batch = 1;
  ConfigSchema schema;

  bool has_extension(std::string_view id) const;
  bool serves(Channel channel) const;
};

// The descriptor behind the C table; invalid "bad_plugin" when it is incomplete, older than this hub can use or contradicts itself.
// Channels of a newer hub are left out. Pure but for reading the table.
Result<PluginDescriptor> read_descriptor(const messo_channel& table, std::string_view expected_name);

// Immutable; any thread. Once opened the code stays mapped until the process ends, even when the object is gone.
class PluginLibrary {
 public:
  // Opens `name` ([a-z0-9_]+, at most 64) as `folder`/name.so with RTLD_NOW | RTLD_LOCAL. Runs the library's initialisers, so folder and
  // file (symbolic links followed) must belong to root or the daemon's user and be writable by nobody else. invalid "bad_plugin_name";
  // not_found "no_such_plugin"; forbidden "plugin_writable_by_others"; invalid "plugin_of_another_version" naming the entry symbol it has
  // instead; invalid "bad_plugin" otherwise.
  static Result<std::shared_ptr<const PluginLibrary>> open(const std::filesystem::path& folder, std::string_view name);

  // A plugin that is linked into the program instead; its table must live as long as the process.
  static Result<std::shared_ptr<const PluginLibrary>> adopt(const messo_channel& table);

  const PluginDescriptor& descriptor() const { return descriptor_; }
  const messo_channel& table() const { return *table_; }
  // Where it was opened; empty when it was adopted.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  static Result<std::shared_ptr<const PluginLibrary>> checked(const messo_channel& table, std::string_view name,
                                                              std::filesystem::path folder);
  PluginLibrary(const messo_channel& table, PluginDescriptor descriptor, std::filesystem::path folder)
      : table_(&table), descriptor_(std::move(descriptor)), folder_(std::move(folder)) {}

  const messo_channel* table_;
  PluginDescriptor descriptor_;
  std::filesystem::path folder_;
};

bool is_plugin_name(std::string_view name);

}  // namespace messo
