#include "store/sqlite/parts.hpp"
#include "store/sqlite/references.hpp"

namespace messo::sqlite {
namespace {

constexpr char kKnown[] = "SELECT id, delivery FROM receipt WHERE provider = ?1 AND dedupe_key = ?2";
constexpr char kPut[] =
    "INSERT INTO receipt (id, provider, dedupe_key, kind, milestone, verification, settles, happened_at, received_at, code, public_text, "
    "raw) "
    "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)";
constexpr char kPutReceiptReference[] =
    "INSERT INTO receipt_ref (provider, kind, value, receipt, part) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING";
// A receipt's bytes have no organisation before it is matched: the nil one stands for all.
constexpr char kPutReceiptRef[] =
    "INSERT INTO blob_ref (digest, organisation, owner_kind, owner) VALUES (?1,?2,2,?3) ON CONFLICT DO NOTHING";
constexpr char kPutMailbox[] =
    "INSERT INTO mailbox (provider, mailbox, cursor, at) VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET cursor = excluded.cursor, at = "
    "excluded.at";
constexpr char kPutSeen[] = "INSERT INTO mailbox_seen (provider, mailbox, id, at) VALUES (?1,?2,?3,?4) ON CONFLICT DO NOTHING";
constexpr char kUnmatched[] =
    "SELECT id, provider, dedupe_key, kind, milestone, verification, happened_at, received_at, code, public_text, raw FROM receipt "
    "INDEXED BY receipt_unmatched WHERE delivery IS NULL AND (?1 IS NULL OR provider = ?1) ORDER BY received_at, id LIMIT ?2";
constexpr char kRefsOf[] = "SELECT kind, value, part FROM receipt_ref WHERE receipt = ?1 ORDER BY kind, value";

ReceiptRecorded record_one(Tx& tx, ProviderId provider, const Receipt& receipt, bool settles, Instant now) {
  {
    Cursor row = tx.db.query(kKnown, provider, receipt.dedupe_key);
    if (row.next()) return {row->id<ReceiptId>(0), true, row->maybe_id<DeliveryId>(1), false};
  }
  ReceiptRecorded out;
  out.id = ReceiptId::make(now);
  const std::optional<Sha256> raw = receipt.raw ? std::optional(receipt.raw->digest) : std::nullopt;
  tx.db.run(kPut, out.id, provider, receipt.dedupe_key, receipt.kind, receipt.milestone, receipt.verification, settles, receipt.at, now,
            receipt.code, receipt.public_text, raw);
  if (raw) tx.db.run(kPutReceiptRef, *raw, OrganisationId{}, out.id);
  for (const Reference& r : receipt.references) {
    const auto ref = find_ref(tx.db, provider, r);
    if (!ref) continue;
    out.delivery = ref->delivery;
    out.changed = apply_receipt(tx, {out.id, provider, receipt, settles}, *ref, r, now);
    return out;
  }
  for (const Reference& r : receipt.references) tx.db.run(kPutReceiptReference, provider, r.kind, r.value, out.id, r.part);
  return out;
}

}  // namespace

Result<std::vector<ReceiptRecorded>> SqliteReceipts::record(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll,
                                                            std::span<const Verification> settling, Instant now) {
  return database_.write(Turn::work, receipts.size() + 1, [&](Tx& tx) -> Result<std::vector<ReceiptRecorded>> {
    std::vector<ReceiptRecorded> out;
    out.reserve(receipts.size());
    for (const Receipt& r : receipts) out.push_back(record_one(tx, provider, r, decisions::settles(r.verification, settling), now));
    if (poll) {
      tx.db.run(kPutMailbox, provider, poll->mailbox, poll->cursor, now);
      for (const std::string& id : poll->seen) tx.db.run(kPutSeen, provider, poll->mailbox, id, now);
    }
    return out;
  });
}

Result<std::vector<UnmatchedReceipt>> SqliteReceipts::unmatched(std::optional<ProviderId> provider, std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<std::vector<UnmatchedReceipt>> {
    std::vector<UnmatchedReceipt> out;
    for (Cursor row = db.query(kUnmatched, provider, limit); row.next();) {
      UnmatchedReceipt& u = out.emplace_back();
      u.id = row->id<ReceiptId>(0);
      u.provider = row->id<ProviderId>(1);
      u.receipt.dedupe_key = row->text(2);
      u.receipt.kind = row->as<ReceiptKind>(3);
      u.receipt.milestone = row->as<Milestone>(4);
      u.receipt.verification = row->as<Verification>(5);
      u.receipt.at = row->instant(6);
      u.received_at = row->instant(7);
      u.receipt.code = row->text(8);
      u.receipt.public_text = row->text(9);
      if (!row->null(10)) u.receipt.raw = BlobId{row->digest(10)};
    }
    for (UnmatchedReceipt& u : out) {
      for (Cursor row = db.query(kRefsOf, u.id); row.next();) {
        u.receipt.references.push_back({row->text(0), row->text(1), static_cast<std::uint32_t>(row->number(2))});
      }
    }
    return out;
  });
}

Result<std::string> SqliteReceipts::poll_cursor(ProviderId provider, std::string_view mailbox) {
  return database_.read([&](Connection& db) -> Result<std::string> {
    Cursor row = db.query("SELECT cursor FROM mailbox WHERE provider = ?1 AND mailbox = ?2", provider, mailbox);
    return row.next() ? row->text(0) : std::string();
  });
}

Result<bool> SqliteReceipts::poll_seen(ProviderId provider, std::string_view mailbox, std::string_view id) {
  return database_.read([&](Connection& db) -> Result<bool> {
    return db.query("SELECT 1 FROM mailbox_seen WHERE provider = ?1 AND mailbox = ?2 AND id = ?3", provider, mailbox, id).next();
  });
}

}  // namespace messo::sqlite
