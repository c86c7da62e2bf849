#include "channel/plugin_library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <regex>

#include "channel/elf_symbols.hpp"

namespace messo {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kEntryPrefix = "messo_channel_entry_v";
constexpr std::size_t kMaxList = 64;  // entries of a descriptor's list
constexpr std::uint32_t kMaxBatch = 10'000;
constexpr std::size_t kMaxSchema = 1 << 20;  // bytes

tl::unexpected<Error> bad_plugin(std::string_view name, std::string_view why) {
  return fail(ErrorKind::invalid, "bad_plugin", fmt::format("plugin \"{}\": {}", name, why));
}

// Code that others may replace is code that others run.
Status check_owner(const fs::path& path, std::string_view what) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0)
    return fail(ErrorKind::not_found, "no_such_plugin", fmt::format("the {} cannot be read", what), path.string());
  if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
    return fail(ErrorKind::forbidden, "plugin_writable_by_others",
                fmt::format("the {} {} belongs to another user: make root its owner (chown root)", what, path.string()));
  }
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(ErrorKind::forbidden, "plugin_writable_by_others",
                fmt::format("the {} {} may be written by others than its owner: take that right away (chmod go-w)", what, path.string()));
  }
  return {};
}

std::vector<std::string> read_list(const char* const* list) {
  std::vector<std::string> out;
  for (std::size_t i = 0; list != nullptr && list[i] != nullptr && i < kMaxList; ++i) out.emplace_back(list[i]);
  return out;
}

// dlsym found no entry of ours: say which one the library has.
std::string other_entry(const fs::path& file) {
  for (const std::string& symbol : exported_symbols(file)) {
    if (symbol.starts_with(kEntryPrefix)) return symbol;
  }
  return {};
}

// Every function but `extension` is called without asking.
bool has_all_functions(const messo_channel& t) {
  return t.create != nullptr && t.start != nullptr && t.submit != nullptr && t.stop != nullptr && t.destroy != nullptr;
}

}  // namespace

bool is_plugin_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 &&
         std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

bool PluginDescriptor::has_extension(std::string_view id) const { return std::ranges::find(extensions, id) != extensions.end(); }
bool PluginDescriptor::serves(Channel channel) const { return std::ranges::find(channels, channel) != channels.end(); }

Result<PluginDescriptor> read_descriptor(const messo_channel& table, std::string_view expected_name) {
  static const std::regex kVersion(R"(\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?)");
  if (!MESSO_HAS(&table, messo_channel, destroy)) {
    return bad_plugin(expected_name,
                      fmt::format("its table has {} bytes, too few for this version of the border; build it again", table.struct_size));
  }
  if (table.name == nullptr || table.version == nullptr || table.channels == nullptr || table.config_schema_json == nullptr) {
    return bad_plugin(expected_name, "its descriptor lacks name, version, channels or schema");
  }
  if (!has_all_functions(table)) return bad_plugin(expected_name, "its table lacks one of create, start, submit, stop, destroy");
  const std::string_view name = table.name;
  if (name != expected_name) {
    return bad_plugin(expected_name, fmt::format("it calls itself \"{}\": name the file {}.so", name.substr(0, 64), name.substr(0, 64)));
  }
  PluginDescriptor out;
  out.name = name;
  out.version = std::string_view(table.version).substr(0, 64);
  if (!std::regex_match(out.version, kVersion)) return bad_plugin(name, "its version is not a semantic one like 1.4.0");
  for (const std::string& word : read_list(table.channels)) {
    if (const auto channel = parse_channel(word)) out.channels.push_back(*channel);
  }
  if (out.channels.empty()) return bad_plugin(name, "it serves no channel this hub knows (pec, email, sms, push, io, webhook)");
  out.extensions = read_list(table.extensions);
  if (table.max_batch == 0 || table.preferred_batch == 0 || table.preferred_batch > table.max_batch || table.max_batch > kMaxBatch) {
    return bad_plugin(name, fmt::format("its batches make no sense (preferred {}, at most {}): 1 <= preferred <= at most <= {}",
                                        table.preferred_batch, table.max_batch, kMaxBatch));
  }
  out.preferred_batch = table.preferred_batch;
  out.max_batch = table.max_batch;
  const std::string_view schema = table.config_schema_json;
  if (schema.size() > kMaxSchema) return bad_plugin(name, "its configuration schema is over 1 MiB");
  auto parsed = ConfigSchema::parse(schema);
  if (!parsed)
    return fail(ErrorKind::invalid, "bad_plugin", fmt::format("plugin \"{}\": {}", name, parsed.error().message), parsed.error().detail);
  out.schema = std::move(*parsed);
  return out;
}

Result<std::shared_ptr<const PluginLibrary>> PluginLibrary::open(const fs::path& folder, std::string_view name) {
  if (!is_plugin_name(name)) {
    return fail(ErrorKind::invalid, "bad_plugin_name",
                "a plugin is named by lower-case letters, digits and _ alone, without folder or ending: \"smtp\"");
  }
  std::error_code failed;
  const fs::path file = fs::canonical(folder / fmt::format("{}.so", name), failed);
  if (failed) {
    return fail(ErrorKind::not_found, "no_such_plugin", fmt::format("there is no plugin \"{}\" in {}", name, folder.string()),
                failed.message());
  }
  for (const auto& safe :
       {check_owner(folder, "plugin folder"), check_owner(file.parent_path(), "plugin folder"), check_owner(file, "plugin")}) {
    if (!safe) return fail(safe.error());
  }
  // The handle is never closed: threads, thread-locals and static destructors of a library cannot be taken back safely.
  void* handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* why = ::dlerror();
    return bad_plugin(name, fmt::format("it cannot be loaded: {}", why != nullptr ? why : "unknown reason"));
  }
  const auto entry = reinterpret_cast<messo_entry_fn>(::dlsym(handle, MESSO_ENTRY_SYMBOL));
  if (entry == nullptr) {
    const std::string other = other_entry(file);
    if (other.empty()) return bad_plugin(name, "it is no channel plugin: it exports no " MESSO_ENTRY_SYMBOL);
    return fail(
        ErrorKind::invalid, "plugin_of_another_version",
        fmt::format("plugin \"{}\" was built for another version of Messo: it exports {}, this one needs {}; install the matching plugin",
                    name, other, MESSO_ENTRY_SYMBOL));
  }
  const messo_channel* table = nullptr;
  try {
    table = entry();
  } catch (...) {  // the border forbids it; a plugin that does not know that must not end the hub
    return bad_plugin(name, "its entry function threw an exception");
  }
  if (table == nullptr) return bad_plugin(name, "its entry function returned nothing");
  return checked(*table, name, folder);
}

Result<std::shared_ptr<const PluginLibrary>> PluginLibrary::adopt(const messo_channel& table) {
  return checked(table, table.name != nullptr ? table.name : "", {});
}

Result<std::shared_ptr<const PluginLibrary>> PluginLibrary::checked(const messo_channel& table, std::string_view name, fs::path folder) {
  auto descriptor = read_descriptor(table, name);
  if (!descriptor) return fail(std::move(descriptor.error()));
  return std::shared_ptr<const PluginLibrary>(new PluginLibrary(table, std::move(*descriptor), std::move(folder)));
}

}  // namespace messo
