// Numbered SQL files (migrations/NNNN_name.sql, built into the library), never edited after release.
#pragma once
#include <span>
#include <string_view>

#include "store/sqlite/connection.hpp"

namespace messo::sqlite {

struct Migration {
  int number;
  std::string_view name;
  std::string_view sql;
};
// Those of this build, ascending; written by CMake from the files.
std::span<const Migration> embedded_migrations();

// Brings the database to the newest of `migrations`, each in a transaction of its own. Errors: conflict "database_newer"; corrupt
// "migration_changed" (a file that was run before is not what it was); unavailable, corrupt as SQLite says.
Status migrate(Connection& db, std::span<const Migration> migrations, Instant now);

}  // namespace messo::sqlite
