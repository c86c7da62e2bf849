// Mailboxes that are polled: lease, position, what was seen, what is in trouble.
#include "store/sqlite/mailbox_rows.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

enum class TroubleState : std::uint8_t { again = 0, waits = 1 };
constexpr int kQuarantineOwner = 4;  // in blob_ref

constexpr char kPutMailbox[] =
    "INSERT INTO mailbox (provider, mailbox, cursor, at) VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET cursor = excluded.cursor, at = "
    "excluded.at";
constexpr char kLeaseOf[] = "SELECT node, boot, leased_until FROM mailbox WHERE provider = ?1 AND mailbox = ?2";
constexpr char kTakeMailbox[] =
    "INSERT INTO mailbox (provider, mailbox, cursor, at, node, boot, leased_until) VALUES (?1,?2,'',?3,?4,?5,?6) ON CONFLICT DO UPDATE SET "
    "node = excluded.node, boot = excluded.boot, leased_until = excluded.leased_until";
constexpr char kGiveBack[] = "UPDATE mailbox SET boot = NULL, leased_until = 0 WHERE provider = ?1 AND mailbox = ?2 AND boot = ?3";
constexpr char kCursor[] = "SELECT cursor FROM mailbox WHERE provider = ?1 AND mailbox = ?2";
constexpr char kPutSeen[] = "INSERT INTO mailbox_seen (provider, mailbox, id, at) VALUES (?1,?2,?3,?4) ON CONFLICT DO NOTHING";
constexpr char kSeen[] = "SELECT 1 FROM mailbox_seen WHERE provider = ?1 AND mailbox = ?2 AND id = ?3";
constexpr char kUnacked[] =
    "SELECT id FROM mailbox_seen INDEXED BY mailbox_unacked WHERE provider = ?1 AND mailbox = ?2 AND acked = 0 ORDER BY at LIMIT ?3";
constexpr char kAcked[] = "UPDATE mailbox_seen SET acked = 1 WHERE provider = ?1 AND mailbox = ?2 AND id = ?3";
constexpr char kTroubled[] = "SELECT id, state, tries, raw FROM quarantine WHERE provider = ?1 AND mailbox = ?2 AND item = ?3";
constexpr char kAgain[] = "SELECT item FROM quarantine WHERE provider = ?1 AND mailbox = ?2 AND state = 0 ORDER BY last_at LIMIT ?3";
constexpr char kPutTrouble[] =
    "INSERT INTO quarantine (id, provider, mailbox, item, state, tries, code, problem, raw, size, first_at, last_at) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?11)";
constexpr char kTryAgain[] =
    "UPDATE quarantine SET state = ?2, tries = ?3, code = ?4, problem = ?5, raw = coalesce(?6, raw), size = CASE WHEN ?6 IS NULL THEN size "
    "ELSE ?7 END, last_at = ?8 WHERE id = ?1";
constexpr char kPutTroubleRef[] =
    "INSERT INTO blob_ref (digest, organisation, owner_kind, owner) VALUES (?1,?2,?3,?4) ON CONFLICT DO NOTHING";
constexpr char kQuarantineList[] =
    "SELECT id, provider, mailbox, item, tries, code, problem, raw, size, first_at, last_at FROM quarantine INDEXED BY quarantine_waiting "
    "WHERE state = 1 AND (?1 IS NULL OR provider = ?1) ORDER BY last_at DESC, id DESC LIMIT ?2";
constexpr char kQuarantined[] =
    "SELECT id, provider, mailbox, item, tries, code, problem, raw, size, first_at, last_at FROM quarantine WHERE id = ?1 AND state = 1";
constexpr char kRetry[] = "UPDATE quarantine SET state = 0, tries = 0 WHERE id = ?1";

std::optional<Sha256> digest_of(const std::optional<BlobId>& raw) { return raw ? std::optional(raw->digest) : std::nullopt; }

void put_trouble(Connection& db, ProviderId provider, const PollState& poll, const PollTrouble& trouble, Instant now) {
  QuarantineId id;
  std::uint32_t tries = 1;
  bool known = false;
  {
    Cursor row = db.query(kTroubled, provider, poll.mailbox, trouble.item);
    known = row.next();
    if (known) {
      if (row->as<TroubleState>(1) == TroubleState::waits) return;
      id = row->id<QuarantineId>(0);
      tries = static_cast<std::uint32_t>(row->number(2)) + 1;
    }
  }
  const auto state = decisions::poisonous(tries, poll.quarantine_after) ? TroubleState::waits : TroubleState::again;
  const auto raw = digest_of(trouble.raw);
  if (known) {
    db.run(kTryAgain, id, state, tries, trouble.code, trouble.problem, raw, trouble.size, now);
  } else {
    id = QuarantineId::make(now);
    db.run(kPutTrouble, id, provider, poll.mailbox, trouble.item, state, tries, trouble.code, trouble.problem, raw, trouble.size, now);
  }
  if (!raw) return;
  db.run("DELETE FROM blob_ref WHERE owner = ?1", id);
  db.run(kPutTroubleRef, *raw, OrganisationId{provider.value}, kQuarantineOwner, id);
}

QuarantinedItem read_quarantined(const Statement& row) {
  QuarantinedItem out;
  out.id = row.id<QuarantineId>(0);
  out.provider = row.id<ProviderId>(1);
  out.mailbox = row.text(2);
  out.item = row.text(3);
  out.tries = static_cast<std::uint32_t>(row.number(4));
  out.code = row.text(5);
  out.problem = row.text(6);
  if (!row.null(7)) out.raw = BlobId{row.digest(7)};
  out.size = static_cast<std::uint64_t>(row.number(8));
  out.first_at = row.instant(9);
  out.last_at = row.instant(10);
  return out;
}

std::optional<QuarantinedItem> find_quarantined(Connection& db, QuarantineId id) {
  Cursor row = db.query(kQuarantined, id);
  if (!row.next()) return {};
  return read_quarantined(row.row());
}

std::vector<std::string> texts(Cursor row) {
  std::vector<std::string> out;
  while (row.next()) out.push_back(row->text(0));
  return out;
}

}  // namespace

bool holds_mailbox(Connection& db, const Worker& worker, ProviderId provider, std::string_view mailbox) {
  Cursor row = db.query(kLeaseOf, provider, mailbox);
  return row.next() && row->maybe_id<BootId>(1) == worker.boot;
}

void drop_trouble(Connection& db, QuarantineId id) {
  db.run("DELETE FROM blob_ref WHERE owner = ?1", id);
  db.run("DELETE FROM quarantine WHERE id = ?1", id);
}

void put_poll_state(Connection& db, ProviderId provider, const PollState& poll, Instant now) {
  db.run(kPutMailbox, provider, poll.mailbox, poll.cursor, now);
  for (const std::string& item : poll.seen) {
    db.run(kPutSeen, provider, poll.mailbox, item, now);
    std::optional<QuarantineId> trouble;
    {
      Cursor row = db.query(kTroubled, provider, poll.mailbox, item);
      if (row.next()) trouble = row->id<QuarantineId>(0);
    }
    if (trouble) drop_trouble(db, *trouble);
  }
  for (const PollTrouble& trouble : poll.troubled) put_trouble(db, provider, poll, trouble, now);
}

Result<bool> SqliteMailboxes::lease(const Worker& worker, ProviderId provider, std::string_view mailbox, Millis term, Instant now) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Result<bool> {
    {
      Cursor row = tx.db.query(kLeaseOf, provider, mailbox);
      if (row.next() && !decisions::may_poll(worker, row->bytes(0), row->maybe_id<BootId>(1), row->instant(2), now)) return false;
    }
    tx.db.run(kTakeMailbox, provider, mailbox, now, worker.node, worker.boot, now + term);
    return true;
  });
}

Status SqliteMailboxes::release(const Worker& worker, ProviderId provider, std::string_view mailbox) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Status {
    tx.db.run(kGiveBack, provider, mailbox, worker.boot);
    return {};
  });
}

Result<MailboxPosition> SqliteMailboxes::position(ProviderId provider, std::string_view mailbox, std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<MailboxPosition> {
    MailboxPosition out;
    {
      Cursor row = db.query(kCursor, provider, mailbox);
      if (row.next()) out.cursor = row->text(0);
    }
    out.again = texts(db.query(kAgain, provider, mailbox, limit));
    out.unacked = texts(db.query(kUnacked, provider, mailbox, limit));
    return out;
  });
}

Result<std::vector<ItemKnown>> SqliteMailboxes::known(ProviderId provider, std::string_view mailbox, std::span<const std::string> items) {
  return database_.read([&](Connection& db) -> Result<std::vector<ItemKnown>> {
    std::vector<ItemKnown> out;
    out.reserve(items.size());
    for (const std::string& item : items) {
      ItemKnown& is = out.emplace_back(ItemKnown::fresh);
      if (db.query(kSeen, provider, mailbox, item).next()) {
        is = ItemKnown::seen;
        continue;
      }
      Cursor row = db.query(kTroubled, provider, mailbox, item);
      if (row.next() && row->as<TroubleState>(1) == TroubleState::waits) is = ItemKnown::quarantined;
    }
    return out;
  });
}

Status SqliteMailboxes::acked(ProviderId provider, std::string_view mailbox, std::span<const std::string> items) {
  return database_.write(Turn::work, items.size(), [&](Tx& tx) -> Status {
    for (const std::string& item : items) tx.db.run(kAcked, provider, mailbox, item);
    return {};
  });
}

Result<std::vector<QuarantinedItem>> SqliteMailboxes::quarantine(std::optional<ProviderId> provider, std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<std::vector<QuarantinedItem>> {
    std::vector<QuarantinedItem> out;
    for (Cursor row = db.query(kQuarantineList, provider, limit); row.next();) out.push_back(read_quarantined(row.row()));
    return out;
  });
}

Result<QuarantinedItem> SqliteMailboxes::quarantined(QuarantineId id) {
  return database_.read([&](Connection& db) -> Result<QuarantinedItem> {
    auto found = find_quarantined(db, id);
    if (!found) return fail(decisions::no_such_item());
    return *std::move(found);
  });
}

Status SqliteMailboxes::retry(QuarantineId id) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Status {
    if (!find_quarantined(tx.db, id)) return fail(decisions::no_such_item());
    tx.db.run(kRetry, id);
    return {};
  });
}

Status SqliteMailboxes::drop(QuarantineId id, Instant now) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Status {
    const auto item = find_quarantined(tx.db, id);
    if (!item) return fail(decisions::no_such_item());
    tx.db.run(kPutSeen, item->provider, item->mailbox, item->item, now);
    drop_trouble(tx.db, id);
    return {};
  });
}

}  // namespace messo::sqlite
