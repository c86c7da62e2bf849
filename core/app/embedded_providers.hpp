// What a new store starts with, so that every channel works at once, in test mode.
#pragma once
#include <filesystem>
#include <optional>

#include "store/directory_store.hpp"

namespace messo {

// A provider of plugin `outbox` for every channel ("outbox-email", ...), keeping messages below `folder`; nothing when the directory has
// ever had a provider.
std::optional<DirectoryChange> embedded_providers(const DirectorySnapshot& directory, const std::filesystem::path& folder, Instant now);

}  // namespace messo
