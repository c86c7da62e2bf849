#include "store/sqlite/migrations.hpp"

#include <map>

namespace messo::sqlite {
namespace {

constexpr int kApplicationId = 0x4d65736f;  // "Meso": tells file(1) and us whose database this is
constexpr char kVersions[] =
    "CREATE TABLE IF NOT EXISTS schema_version (number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 BLOB NOT NULL, applied_at INTEGER "
    "NOT NULL) "
    "STRICT";

std::map<int, std::string> applied(Connection& db) {
  std::map<int, std::string> out;
  for (Cursor row = db.query("SELECT number, sha256 FROM schema_version"); row.next();)
    out[static_cast<int>(row->number(0))] = row->text(1);
  return out;
}

Status check(Connection& db, std::span<const Migration> migrations) {
  if (const auto owner = db.pragma("PRAGMA application_id"); owner != 0 && owner != kApplicationId) {
    return fail(ErrorKind::conflict, "not_our_database", "The store's file belongs to another program.");
  }
  const int newest = migrations.empty() ? 0 : migrations.back().number;
  if (const auto version = db.pragma("PRAGMA user_version"); version > newest) {
    return fail(ErrorKind::conflict, "database_newer",
                "The database was made by a newer Messo (schema " + std::to_string(version) + ", this one knows " + std::to_string(newest) +
                    "); start that version.");
  }
  return {};
}

}  // namespace

Status migrate(Connection& db, std::span<const Migration> migrations, Instant now) {
  try {
    if (Status fine = check(db, migrations); !fine) return fine;
    db.script("BEGIN IMMEDIATE");
    db.script(kVersions);
    db.script("PRAGMA application_id = " + std::to_string(kApplicationId));
    db.script("COMMIT");
    const auto done = applied(db);
    for (const Migration& m : migrations) {
      const Sha256 hash = sha256(m.sql);
      if (const auto before = done.find(m.number); before != done.end()) {
        if (before->second == as_text(hash)) continue;
        return fail(ErrorKind::corrupt, "migration_changed",
                    "Migration " + std::to_string(m.number) + " is not the one this database was made with.");
      }
      db.script("BEGIN IMMEDIATE");
      db.script(std::string(m.sql));
      db.run("INSERT INTO schema_version (number, name, sha256, applied_at) VALUES (?1,?2,?3,?4)", m.number, m.name, hash, now);
      db.script("PRAGMA user_version = " + std::to_string(m.number));
      db.script("COMMIT");
    }
    return {};
  } catch (const SqliteError& e) {
    Error error = e.as_error();
    try {
      if (db.in_transaction()) db.script("ROLLBACK");
    } catch (const SqliteError&) {  // rolled back already
    }
    return fail(std::move(error));
  }
}

}  // namespace messo::sqlite
