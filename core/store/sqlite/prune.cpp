// Retention and erasure: found beside the writer, removed in small background jobs, so that sending goes on.
#include <algorithm>

#include "store/sqlite/chain.hpp"
#include "store/sqlite/change.hpp"
#include "store/sqlite/mailbox_rows.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

// Both walk in order of acceptance (rows and UUIDv7 rise with it), from where the last call stopped.
constexpr char kContents[] =
    "SELECT c.id, c.notification, n.ended_at, n.accepted_at FROM content c JOIN notification n ON n.id = c.notification WHERE c.id > ?1 "
    "ORDER BY c.id "
    "LIMIT ?2";
constexpr char kNotifications[] = "SELECT id, class, ended_at, accepted_at FROM notification WHERE id > ?1 ORDER BY id LIMIT ?2";
constexpr char kOldestKeys[] = "SELECT id, at FROM idempotency ORDER BY id LIMIT ?1";
constexpr char kOldSeen[] =
    "DELETE FROM mailbox_seen WHERE (provider, mailbox, id) IN (SELECT provider, mailbox, id FROM mailbox_seen "
    "INDEXED BY mailbox_seen_at WHERE at <= ?1 LIMIT ?2)";
constexpr char kOldSmsSpent[] =
    "DELETE FROM sms_spent WHERE (day, kind, owner) IN (SELECT day, kind, owner FROM sms_spent WHERE day < ?1 LIMIT ?2)";
constexpr char kDropKey[] = "DELETE FROM idempotency WHERE id = ?1";
constexpr char kDropContent[] = "DELETE FROM content WHERE id = ?1";
constexpr char kForgetContent[] = "UPDATE notification SET content = NULL WHERE id = ?1 AND content = ?2";
constexpr char kOldUnmatched[] =
    "SELECT id FROM receipt INDEXED BY receipt_unmatched WHERE delivery IS NULL AND received_at <= ?1 LIMIT ?2";
constexpr char kOldQuarantine[] = "SELECT id FROM quarantine INDEXED BY quarantine_waiting WHERE state = 1 AND last_at <= ?1 LIMIT ?2";
constexpr char kPerson[] =
    "SELECT n.content, n.id FROM notification n WHERE n.id IN " MESSO_NOTIFICATIONS_TO("?1", "?2") " AND n.content IS NOT NULL";
constexpr char kForgetAddress[] =
    "DELETE FROM address WHERE (organisation, address_hmac, notification) IN (SELECT organisation, address_hmac, notification FROM "
    "delivery "
    "WHERE id = ?1)";
constexpr char kStillThere[] = "SELECT status, class, last_delivery FROM notification WHERE id = ?1 AND content = ?2";
constexpr char kLeaveSegment[] =
    "UPDATE evidence_segment SET kept = kept - 1, leaves = CASE WHEN kept <= 1 THEN x'' ELSE leaves END WHERE organisation = ?1 AND number "
    "= ?2";
constexpr std::size_t kRemovedAtOnce = 64;
constexpr std::size_t kLookAt = 4096;  // rows looked at per step of a walk

struct ContentKey {
  std::int64_t row = 0;
  NotificationId notification;
};

void drop_content(Connection& db, const ContentKey& key) {
  db.run(kDropContent, key.row);
  db.run(kForgetContent, key.notification, key.row);
  db.run("DELETE FROM blob_ref WHERE owner = ?1", key.notification);
}

// The entry of that id leaves its segment, if it is in one: the leaves follow the last entry, the signed root stays.
void leave_segment(Connection& db, const char* segment_of, const Uuid& entry) {
  std::optional<std::pair<OrganisationId, std::int64_t>> in;
  {
    Cursor row = db.query(segment_of, entry);
    if (row.next()) in = {row->id<OrganisationId>(0), row->number(1)};
  }
  if (in) db.run(kLeaveSegment, in->first, in->second);
}

void drop_receipt(Connection& db, ReceiptId id) {
  db.run("DELETE FROM blob_ref WHERE owner = ?1", id);
  db.run("DELETE FROM receipt_ref WHERE receipt = ?1", id);
  db.run("DELETE FROM receipt_learned WHERE receipt = ?1", id);
  leave_segment(db, "SELECT organisation, segment FROM receipt WHERE id = ?1 AND segment IS NOT NULL", id.value);
  db.run("DELETE FROM receipt WHERE id = ?1", id);
}

template <class I>
std::vector<I> ids(Cursor row) {
  std::vector<I> out;
  while (row.next()) out.push_back(row->id<I>(0));
  return out;
}

void drop_delivery(Connection& db, DeliveryId id) {
  db.run(kForgetAddress, id);
  for (const AttemptId& attempt : attempt_ids(db, id)) {
    db.run("DELETE FROM provider_ref WHERE attempt = ?1", attempt);
    db.run("DELETE FROM attempt_checkpoint WHERE attempt = ?1", attempt);
    leave_segment(db, "SELECT organisation, segment FROM as_sent WHERE attempt = ?1 AND segment IS NOT NULL", attempt.value);
    db.run("DELETE FROM as_sent WHERE attempt = ?1", attempt);
    if (db.changes() > 0) db.run("DELETE FROM blob_ref WHERE owner = ?1", attempt);
    db.run("DELETE FROM attempt WHERE id = ?1", attempt);
  }
  for (const ReceiptId& receipt : ids<ReceiptId>(Cursor(db.prepared("SELECT id FROM receipt WHERE delivery = ?1").bind_all(id)))) {
    drop_receipt(db, receipt);
  }
  db.run("DELETE FROM timer WHERE subject = ?1 AND kind IN (1, 3)", id);
  db.run("DELETE FROM delivery WHERE id = ?1", id);
}

void drop_notification(Connection& db, NotificationId id) {
  for (const DeliveryId& delivery : delivery_ids(db, id)) drop_delivery(db, delivery);
  for (const std::int64_t event : event_positions(db, id)) db.run("DELETE FROM event WHERE position = ?1", event);
  db.run("DELETE FROM content WHERE id = (SELECT content FROM notification WHERE id = ?1)", id);
  db.run("DELETE FROM blob_ref WHERE owner = ?1", id);
  db.run("DELETE FROM notification WHERE id = ?1", id);
}

// Runs `drop(db, item)` over all, a chunk per background job.
template <class T, class F>
Status in_chunks(Database& database, const std::vector<T>& items, F&& drop) {
  for (std::size_t at = 0; at < items.size(); at += kRemovedAtOnce) {
    const auto chunk = std::span(items).subspan(at, std::min(kRemovedAtOnce, items.size() - at));
    Status done = database.write(Turn::background, chunk.size(), [&](Tx& tx) -> Status {
      for (const T& item : chunk) drop(tx.db, item);
      tx.db.script("PRAGMA incremental_vacuum(512)");
      return {};
    });
    if (!done) return done;
  }
  return {};
}

// One notification of the person, as it is at this moment: it may have left or ended since it was looked up.
void erase(Tx& tx, const ContentKey& key, Instant now, Erased& out) {
  std::optional<DeliveryId> open;
  TemplateClass template_class = TemplateClass::courtesy;
  {
    Cursor row = tx.db.query(kStillThere, key.notification, key.row);
    if (!row.next()) return;
    template_class = row->as<TemplateClass>(1);
    if (!is_final(row->as<NotificationStatus>(0))) open = row->id<DeliveryId>(2);
  }
  if (open) {
    auto delivery = DeliveryChange::load(tx, *open);
    const auto to = delivery ? decisions::withdrawn(delivery->state(), template_class) : std::nullopt;
    if (!to) {
      ++out.left;
      return;
    }
    cancel(*delivery, *to, now);
    ++out.cancelled;
  }
  drop_content(tx.db, key);
  ++out.erased;
}

// Walks until `limit` are found or nothing old enough is left; then the next call starts anew.
Result<std::vector<ContentKey>> old_contents(Database& database, std::int64_t& from, Instant before, std::size_t limit) {
  return database.read([&](Connection& db) -> Result<std::vector<ContentKey>> {
    std::vector<ContentKey> out;
    for (;;) {
      std::size_t seen = 0;
      bool young = false;
      for (Cursor row = db.query(kContents, from, kLookAt); !young && out.size() < limit && row.next();) {
        ++seen;
        young = row->instant(3) > before;
        if (young) break;
        from = row->number(0);
        if (!row->null(2) && row->instant(2) <= before) out.push_back({row->number(0), row->id<NotificationId>(1)});
      }
      if (out.size() >= limit) return out;
      if (young || seen < kLookAt) break;
    }
    from = 0;
    return out;
  });
}

Result<std::vector<NotificationId>> old_notifications(Database& database, NotificationId& from, const Retention& kept, Instant now,
                                                      std::size_t limit) {
  const Instant youngest = now - std::min(kept.ledger, kept.legal);
  return database.read([&](Connection& db) -> Result<std::vector<NotificationId>> {
    std::vector<NotificationId> out;
    for (;;) {
      std::size_t seen = 0;
      bool young = false;
      const NotificationId start = from;
      for (Cursor row = db.query(kNotifications, start, kLookAt); out.size() < limit && row.next();) {
        ++seen;
        young = row->instant(3) > youngest;
        if (young) break;
        from = row->id<NotificationId>(0);
        const auto keep = row->as<TemplateClass>(1) == TemplateClass::legal ? kept.legal : kept.ledger;
        if (!row->null(2) && row->instant(2) + keep <= now) out.push_back(from);
      }
      if (out.size() >= limit) return out;
      if (young || seen < kLookAt) break;
    }
    from = {};
    return out;
  });
}

}  // namespace

Result<Pruned> SqliteLedger::prune(const Retention& retention, Instant now, std::size_t limit) {
  Pruned out;
  NotificationId from = prune_from_.copy();
  const auto gone = old_notifications(database_, from, retention, now, limit);
  if (!gone) return fail(gone.error());
  prune_from_.with([&](NotificationId& id) { id = from; });
  if (!gone->empty()) {
    if (Status sorted = database_.address_sorter().sort_all(database_); !sorted) return fail(sorted.error());
  }
  if (Status done = in_chunks(database_, *gone, drop_notification); !done) return fail(done.error());
  out.notifications = gone->size();

  std::int64_t row = prune_content_from_.copy();
  const auto contents = old_contents(database_, row, now - retention.content, limit - std::min(limit, gone->size()));
  if (!contents) return fail(contents.error());
  prune_content_from_.with([&](std::int64_t& r) { r = row; });
  if (Status done = in_chunks(database_, *contents, drop_content); !done) return fail(done.error());
  out.contents = contents->size();

  const auto keys = database_.read([&](Connection& db) -> Result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> rows;
    for (Cursor r = db.query(kOldestKeys, limit); r.next() && r->instant(1) + retention.idempotency <= now;) rows.push_back(r->number(0));
    return rows;
  });
  if (!keys) return fail(keys.error());
  if (Status done = in_chunks(database_, *keys, [](Connection& db, std::int64_t id) { db.run(kDropKey, id); }); !done)
    return fail(done.error());
  out.idempotency_keys = keys->size();

  const auto receipts = database_.read([&](Connection& db) -> Result<std::vector<ReceiptId>> {
    return ids<ReceiptId>(Cursor(db.prepared(kOldUnmatched).bind_all(now - retention.ledger, limit)));
  });
  if (!receipts) return fail(receipts.error());
  if (Status done = in_chunks(database_, *receipts, drop_receipt); !done) return fail(done.error());

  const auto quarantined = database_.read([&](Connection& db) -> Result<std::vector<QuarantineId>> {
    return ids<QuarantineId>(Cursor(db.prepared(kOldQuarantine).bind_all(now - retention.ledger, limit)));
  });
  if (!quarantined) return fail(quarantined.error());
  if (Status done = in_chunks(database_, *quarantined, drop_trouble); !done) return fail(done.error());

  const Instant unseen = now - retention.ledger;  // mailboxes are emptied long before
  const std::int32_t first_day = decisions::first_sms_day(unseen);
  const Status forgotten = database_.write(Turn::background, 1, [&](Tx& tx) -> Status {
    tx.db.run(kOldSmsSpent, first_day, kRemovedAtOnce);
    tx.db.run(kOldSeen, unseen, kRemovedAtOnce);
    prune_suppressions(tx.db, unseen, kRemovedAtOnce);
    return {};
  });
  if (!forgotten) return fail(forgotten.error());
  return out;
}

Result<Erased> SqliteLedger::erase_person(OrganisationId organisation, std::string_view address_hmac, Instant now) {
  const auto theirs = database_.read([&](Connection& db) -> Result<std::vector<ContentKey>> {
    std::vector<ContentKey> out;
    for (Cursor row = db.query(kPerson, organisation, Bytes{address_hmac}); row.next();) {
      out.push_back({row->number(0), row->id<NotificationId>(1)});
    }
    return out;
  });
  if (!theirs) return fail(theirs.error());
  Erased out;
  for (std::size_t at = 0; at < theirs->size(); at += kRemovedAtOnce) {
    const auto chunk = std::span(*theirs).subspan(at, std::min(kRemovedAtOnce, theirs->size() - at));
    const auto done = database_.write(Turn::background, chunk.size(), [&](Tx& tx) -> Result<Erased> {
      Erased some;
      for (const ContentKey& key : chunk) erase(tx, key, now, some);
      tx.db.script("PRAGMA incremental_vacuum(512)");
      return some;
    });
    if (!done) return fail(done.error());
    out.erased += done->erased;
    out.cancelled += done->cancelled;
    out.left += done->left;
  }
  const auto forgotten = database_.write(
      Turn::background, 1, [&](Tx& tx) -> Result<std::uint64_t> { return forget_suppressions(tx.db, organisation, address_hmac); });
  if (!forgotten) return fail(forgotten.error());
  out.suppressions = *forgotten;
  return out;
}

}  // namespace messo::sqlite
