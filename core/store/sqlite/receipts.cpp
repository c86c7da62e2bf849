#include "store/sqlite/mailbox_rows.hpp"
#include "store/sqlite/parts.hpp"
#include "store/sqlite/references.hpp"

namespace messo::sqlite {
namespace {

constexpr char kKnown[] = "SELECT id, delivery FROM receipt WHERE provider = ?1 AND dedupe_key = ?2";
constexpr char kPut[] =
    "INSERT INTO receipt (id, provider, dedupe_key, kind, milestone, verification, settles, happened_at, received_at, code, public_text, "
    "raw, raw_owner, scope) "
    "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)";
// Without an owner the nil organisation stands for all.
constexpr char kPutReceiptRef[] =
    "INSERT INTO blob_ref (digest, organisation, owner_kind, owner) VALUES (?1,?2,2,?3) ON CONFLICT DO NOTHING";
constexpr char kDropReceiptRef[] = "DELETE FROM blob_ref WHERE digest = ?1 AND organisation = ?2 AND owner_kind = 2 AND owner = ?3";
// As read_stored_receipt takes them; the notification follows.
#define MESSO_RECEIPT_COLUMNS                                                                                                         \
  "SELECT r.id, r.provider, r.dedupe_key, r.kind, r.milestone, r.verification, r.happened_at, r.received_at, r.code, r.public_text, " \
  "r.raw, r.raw_owner, r.settles, r.scope, r.delivery, "
constexpr char kReceipts[] = MESSO_RECEIPT_COLUMNS
    "d.notification FROM receipt r LEFT JOIN delivery d ON d.id = r.delivery "
    "WHERE (?1 IS NULL OR r.id < ?1) AND (?2 IS NULL OR r.provider = ?2) ORDER BY r.id DESC LIMIT ?3";
constexpr char kOneReceipt[] =
    MESSO_RECEIPT_COLUMNS "d.notification FROM receipt r LEFT JOIN delivery d ON d.id = r.delivery WHERE r.id = ?1";
constexpr char kUnmatchedReceipts[] = MESSO_RECEIPT_COLUMNS
    "NULL FROM receipt r INDEXED BY receipt_unmatched WHERE r.delivery IS NULL "
    "AND (?1 IS NULL OR (r.received_at <= (SELECT received_at FROM receipt WHERE id = ?1) AND r.id < ?1)) "
    "AND (?2 IS NULL OR r.provider = ?2) ORDER BY r.received_at DESC, r.id DESC LIMIT ?3";
constexpr char kRefsOf[] = "SELECT kind, value, part FROM receipt_ref WHERE receipt = ?1 ORDER BY kind, value";
constexpr char kLearnedBy[] = "SELECT kind, value FROM receipt_learned WHERE receipt = ?1 ORDER BY kind, value";
constexpr char kCountUnmatched[] =
    "SELECT count(*), coalesce(sum(received_at < ?1), 0), min(received_at) FROM (SELECT received_at FROM receipt INDEXED BY "
    "receipt_unmatched "
    "WHERE delivery IS NULL ORDER BY received_at LIMIT ?2)";
constexpr char kCountQuarantine[] = "SELECT count(*) FROM quarantine INDEXED BY quarantine_waiting WHERE state = 1";
constexpr char kMisplaced[] =
    "SELECT id, raw, raw_owner, organisation FROM receipt INDEXED BY receipt_misplaced WHERE raw IS NOT NULL AND delivery IS NOT NULL "
    "AND raw_owner <> organisation LIMIT ?1";
constexpr char kPlaced[] = "UPDATE receipt SET raw_owner = ?2 WHERE id = ?1";

ReceiptRecorded record_receipt(Tx& tx, ProviderId provider, const Receipt& receipt, bool settles, Instant now) {
  {
    Cursor row = tx.db.query(kKnown, provider, receipt.dedupe_key);
    if (row.next()) return {row->id<ReceiptId>(0), true, row->maybe_id<DeliveryId>(1), false, {}};
  }
  ReceiptRecorded out;
  out.id = ReceiptId::make(now);
  const std::optional<Sha256> raw = receipt.raw ? std::optional(receipt.raw->digest) : std::nullopt;
  const std::optional<OrganisationId> owner = raw && !receipt.raw_owner.is_nil() ? std::optional(receipt.raw_owner) : std::nullopt;
  tx.db.run(kPut, out.id, provider, receipt.dedupe_key, receipt.kind, receipt.milestone, receipt.verification, settles, receipt.at, now,
            receipt.code, receipt.public_text, raw, owner, receipt.scope);
  if (raw) tx.db.run(kPutReceiptRef, *raw, receipt.raw_owner, out.id);
  for (const Reference& r : receipt.references) {
    const auto ref = find_ref(tx.db, provider, r);
    if (!ref) continue;
    out.delivery = ref->delivery;
    out.attempt = ref->attempt;
    out.changed = apply_receipt(tx, {out.id, provider, receipt, settles}, *ref, r, now);
    return out;
  }
  put_waiting(tx.db, provider, out.id, receipt);
  return out;
}

StoredReceipt read_stored_receipt(const Statement& row) {
  StoredReceipt out;
  out.id = row.id<ReceiptId>(0);
  out.provider = row.id<ProviderId>(1);
  out.receipt.dedupe_key = row.text(2);
  out.receipt.kind = row.as<ReceiptKind>(3);
  out.receipt.milestone = row.as<Milestone>(4);
  out.receipt.verification = row.as<Verification>(5);
  out.receipt.at = row.instant(6);
  out.received_at = row.instant(7);
  out.receipt.code = row.text(8);
  out.receipt.public_text = row.text(9);
  if (!row.null(10)) out.receipt.raw = BlobId{row.digest(10)};
  if (!row.null(11)) out.receipt.raw_owner = row.id<OrganisationId>(11);
  out.settles = row.number(12) != 0;
  out.receipt.scope = row.as<OutcomeScope>(13);
  out.delivery = row.maybe_id<DeliveryId>(14);
  out.notification = row.maybe_id<NotificationId>(15);
  return out;
}

void read_waiting_references(Connection& db, StoredReceipt& one) {
  if (one.delivery) return;
  for (Cursor row = db.query(kRefsOf, one.id); row.next();) {
    one.receipt.references.push_back({row->text(0), row->text(1), static_cast<std::uint32_t>(row->number(2))});
  }
  for (Cursor row = db.query(kLearnedBy, one.id); row.next();) one.receipt.learned.push_back({row->text(0), row->text(1), 0});
}

}  // namespace

Result<std::vector<ReceiptRecorded>> SqliteReceipts::record(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll,
                                                            std::span<const Verification> settling, Instant now) {
  return database_.write(Turn::work, receipts.size() + 1, [&](Tx& tx) -> Result<std::vector<ReceiptRecorded>> {
    if (poll && poll->lease && !holds_mailbox(tx.db, *poll->lease, provider, poll->mailbox)) return fail(decisions::mailbox_lost());
    std::vector<ReceiptRecorded> out;
    out.reserve(receipts.size());
    for (const Receipt& r : receipts) out.push_back(record_receipt(tx, provider, r, decisions::settles(r.verification, settling), now));
    if (poll) put_poll_state(tx.db, provider, *poll, now);
    return out;
  });
}

Result<std::vector<std::optional<OrganisationId>>> SqliteReceipts::owners(ProviderId provider, std::span<const Receipt> receipts) {
  return database_.read([&](Connection& db) -> Result<std::vector<std::optional<OrganisationId>>> {
    std::vector<std::optional<OrganisationId>> out;
    for (const Receipt& receipt : receipts) {
      auto& owner = out.emplace_back();
      for (const Reference& r : receipt.references) {
        const auto ref = find_ref(db, provider, r);
        if (!ref) continue;
        owner = ref->organisation;
        break;
      }
    }
    return out;
  });
}

Result<StoredReceipt> SqliteReceipts::read(ReceiptId id) {
  return database_.read([&](Connection& db) -> Result<StoredReceipt> {
    StoredReceipt out;
    {
      Cursor row = db.query(kOneReceipt, id);
      if (!row.next()) return fail(decisions::no_such_receipt());
      out = read_stored_receipt(row.row());
    }
    read_waiting_references(db, out);
    return out;
  });
}

Result<std::vector<StoredReceipt>> SqliteReceipts::list(const ReceiptQuery& query) {
  return database_.read([&](Connection& db) -> Result<std::vector<StoredReceipt>> {
    std::vector<StoredReceipt> out;
    for (Cursor row = db.query(query.unmatched ? kUnmatchedReceipts : kReceipts, query.before, query.provider, query.limit); row.next();) {
      out.push_back(read_stored_receipt(row.row()));
    }
    for (StoredReceipt& one : out) read_waiting_references(db, one);
    return out;
  });
}

Result<ReceiptFigures> SqliteReceipts::figures(Instant old_before) {
  return database_.read([&](Connection& db) -> Result<ReceiptFigures> {
    ReceiptFigures out;
    {
      Cursor row = db.query(kCountUnmatched, old_before, ReceiptFigures::kMostCounted);
      row.next();
      out.unmatched = static_cast<std::uint64_t>(row->number(0));
      out.unmatched_old = static_cast<std::uint64_t>(row->number(1));
      out.oldest_unmatched = row->maybe_instant(2);
    }
    Cursor row = db.query(kCountQuarantine);
    row.next();
    out.quarantined = static_cast<std::uint64_t>(row->number(0));
    return out;
  });
}

Result<std::vector<MisplacedOriginal>> SqliteReceipts::misplaced(std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<std::vector<MisplacedOriginal>> {
    std::vector<MisplacedOriginal> out;
    for (Cursor row = db.query(kMisplaced, limit); row.next();) {
      out.push_back({row->id<ReceiptId>(0), BlobId{row->digest(1)}, row->id<OrganisationId>(2), row->id<OrganisationId>(3)});
    }
    return out;
  });
}

Status SqliteReceipts::placed(std::span<const MisplacedOriginal> originals) {
  return database_.write(Turn::background, originals.size(), [&](Tx& tx) -> Status {
    for (const MisplacedOriginal& one : originals) {
      tx.db.run(kPutReceiptRef, one.raw.digest, one.to, one.receipt);
      tx.db.run(kDropReceiptRef, one.raw.digest, one.from, one.receipt);
      tx.db.run(kPlaced, one.receipt, one.to);
    }
    return {};
  });
}

}  // namespace messo::sqlite
