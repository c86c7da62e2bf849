// Applying a change to a directory: pure, shared by the engines.
#pragma once
#include "store/directory_store.hpp"

namespace messo {

// The snapshot after `change`, with version + 1. New organisations without an HMAC key get one; an existing one's never changes; a
// provider's version rises. Errors: conflict "directory_changed" (not at `expected_version`), conflict "key_taken" (two of one key),
// invalid "unknown_organisation" / "unknown_service" / "organisation_cycle" (a reference to nothing, or a tree that is none).
Result<DirectorySnapshot> changed(const DirectorySnapshot& before, const DirectoryChange& change, std::uint64_t expected_version);

}  // namespace messo
