// Where the programs look for things nobody named.
#pragma once
#include <filesystem>

namespace messo {

inline constexpr auto kSystemConfig = "/etc/messo/messo.toml";

// $STATE_DIRECTORY (systemd.exec(5): the first of several), or empty.
std::filesystem::path state_folder();
// `configured`, or when that is empty: `plugins` beside the folder of this program (the build tree, an unpacked archive), else
// /usr/lib/messo/plugins.
std::filesystem::path plugin_folder(const std::filesystem::path& configured);

}  // namespace messo
