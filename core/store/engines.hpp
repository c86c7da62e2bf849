// Opening a store.
#pragma once
#include <filesystem>
#include <memory>

#include "base/log.hpp"
#include "base/secret.hpp"
#include "store/store.hpp"

namespace messo {

struct SqliteOptions {
  std::filesystem::path file;  // created with its folder (0700) when missing; blobs live in `<folder>/blobs`
  Secret master_key;           // 32 bytes; seals provider secrets and organisation keys
  Admission admission;
  bool seal_content = false;  // seal personal data at rest too
  std::size_t cache_bytes = 16ULL << 20;
  std::size_t log_bytes = 64ULL << 20;  // about what the write-ahead log may grow to; at least 1 MiB
};
// Errors: conflict "database_newer" (made by a newer Messo), conflict "database_in_use" (a second daemon on one file), conflict
// "not_our_database", invalid "bad_master_key" (not 32 bytes), invalid "wrong_master_key" (not the one the database was made with),
// unavailable, corrupt. Migrates older databases first. The clock and the log must outlive the store.
Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, const Clock& clock, Log& log);

// Keeps everything in memory; for tests. Same contract but for durability.
std::unique_ptr<Store> make_memory_store(const Clock& clock, Admission admission = {});

}  // namespace messo
