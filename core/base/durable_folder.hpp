// Folders that survive a power cut.
#pragma once
#include <filesystem>

#include "base/result.hpp"

namespace messo {

// fsync of a folder: the names in it are durable once it returns true. errno says why not.
bool sync_folder(const std::filesystem::path& folder);

// Makes `folder` and what is missing above it (0700 each); "" is the current one and always there. Once it returns, the name of each is
// durable in its parent; a folder that was there already counts only once its parent is fsynced, because whoever made it may have failed
// before that. One fsync at least. Any thread. Errors: unavailable "disk_full", or "store_unavailable" with path and cause in `detail`.
Status make_durable_folder(const std::filesystem::path& folder);

}  // namespace messo
