#include "store/directory_change.hpp"
#include "store/sqlite/change.hpp"
#include "store/sqlite/directory_rows.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

constexpr std::string_view kVersionName = "directory_version";
constexpr char kReadVersion[] = "SELECT value FROM counter WHERE name = ?1";
constexpr char kWriteVersion[] = "INSERT INTO counter (name, value) VALUES (?1,?2) ON CONFLICT DO UPDATE SET value = excluded.value";

// The new values of what changed, taken from the new snapshot: keys and versions were filled in there.
void write_rows(Tx& tx, const Sealer& sealer, const DirectoryChange& change, const DirectorySnapshot& now) {
  for (const Organisation& o : change.organisations) put(tx.db, sealer, now.organisations.at(o.id));
  for (const Service& s : change.services) put(tx.db, now.services.at(s.id));
  for (const ApiKey& k : change.keys) put(tx.db, k, now.services.at(k.service).organisation);
  for (const Provider& p : change.providers) put(tx.db, sealer, now.providers.at(p.id));
  for (const Pause& p : change.resumed) remove(tx.db, p);
  for (const Pause& p : change.pauses) put(tx.db, p);
  for (const SmsSender& s : change.sms_senders_removed) remove(tx.db, s);
  for (const SmsSender& s : change.sms_senders) put(tx.db, s);
}

}  // namespace

Status SqliteDirectory::load() {
  auto read = database_.read([&](Connection& db) -> Result<DirectorySnapshot> {
    auto out = load_directory(db, database_.sealer());
    if (!out) return out;
    Cursor row = db.query(kReadVersion, kVersionName);
    if (row.next()) out->version = static_cast<std::uint64_t>(row->number(0));
    return out;
  });
  if (!read) return fail(read.error());
  database_.set_directory(std::make_shared<const DirectorySnapshot>(std::move(*read)));
  return {};
}

Result<DirectoryPtr> SqliteDirectory::apply(const DirectoryChange& change, std::uint64_t expected_version, Instant now) {
  DirectoryPtr after;
  {
    const std::scoped_lock hold(one_at_a_time_);
    auto next = changed(*snapshot(), change, expected_version);
    if (!next) return fail(next.error());
    after = std::make_shared<const DirectorySnapshot>(std::move(*next));
    const Status done = database_.write(Turn::work, 1, [&](Tx& tx) -> Status {
      write_rows(tx, database_.sealer(), change, *after);
      tx.db.run(kWriteVersion, kVersionName, after->version);
      for (const std::string& sentence : change.audit) insert_audit(tx, now, change.actor, sentence);
      return {};
    });
    if (!done) return fail(done.error());
    database_.set_directory(after);
  }
  if (listener_) listener_(after);
  return after;
}

Result<std::vector<AuditEntry>> SqliteDirectory::audit(std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<std::vector<AuditEntry>> {
    std::vector<AuditEntry> out;
    for (Cursor row = db.query("SELECT position, at, actor, sentence FROM audit ORDER BY position DESC LIMIT ?1", limit); row.next();) {
      out.push_back({row->number(0), row->instant(1), row->text(2), row->text(3)});
    }
    return out;
  });
}

}  // namespace messo::sqlite
