// Where a secret is: "file:PATH" or "env:NAME".
#pragma once
#include <filesystem>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace messo {

// Reads the secret. A relative PATH is taken from `folder`. One line break at the end of a file is not part of the secret.
// Errors: invalid with the remedy: neither form, no such file or variable, empty, over 64 KiB, a file that others may read (mode & 0007).
Result<Secret> read_secret(std::string_view source, const std::filesystem::path& folder);

// The 32 bytes of a master key: the file holds them in hex or base64.
Result<Secret> read_master_key(std::string_view source, const std::filesystem::path& folder);
// Whether the source is a file, and there is none.
bool is_missing_file(std::string_view source, const std::filesystem::path& folder);
// Makes the file (0600, its folder 0700) with 32 random bytes in base64 when it is missing and `source` is a file; fsynced. True when it
// was made.
Result<bool> ensure_master_key(std::string_view source, const std::filesystem::path& folder);

}  // namespace messo
