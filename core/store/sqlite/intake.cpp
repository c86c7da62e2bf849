#include <algorithm>

#include "store/sqlite/change.hpp"
#include "store/sqlite/content.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

constexpr std::chrono::days kIdempotencyKept{7};

constexpr char kFindKey[] = "SELECT notification, body, at FROM idempotency WHERE service = ?1 AND key = ?2";
// Replacing one that is too old gives it a new row number: the rows stay in order of time, which is how they are pruned.
constexpr char kPutIdempotencyKey[] =
    "INSERT OR REPLACE INTO idempotency (organisation, service, key, body, notification, at) VALUES (?1,?2,?3,?4,?5,?6)";
constexpr char kPutNotification[] =
    "INSERT INTO notification (id, organisation, service, api_key, kind, template_version, template_key, class, priority, language, "
    "status, sequence, "
    "accepted_at, send_at, reference, protocol, case_file, labels, batch, content, last_delivery, last_event, plan) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,0,1,?11,?12,?13,?14,?15,?16,"
    "?17,?18,?19,?20,?21) ON CONFLICT DO NOTHING";
constexpr char kPutContent[] =
    "INSERT INTO content (id, notification, organisation, sealed, recipient, data, attachments) VALUES (?1,?2,?3,?4,?5,?6,?7)";
constexpr char kPutDelivery[] =
    "INSERT INTO delivery (id, notification, step, organisation, service, channel, pool, priority, batch, address_hmac, phase, result, "
    "disputed, "
    "due_at, expires_at, attempts_counted, crashes, milestones) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,1,0,0,?11,?12,0,0,0)";
constexpr char kPutAddress[] = "INSERT INTO address_recent (organisation, address_hmac, notification) VALUES (?1,?2,?3)";
constexpr char kPutBlob[] = "INSERT INTO blob (organisation, digest, size, at) VALUES (?1,?2,?3,?4) ON CONFLICT DO NOTHING";
constexpr char kPutAttachmentRef[] =
    "INSERT INTO blob_ref (digest, organisation, owner_kind, owner) VALUES (?1,?2,1,?3) ON CONFLICT DO NOTHING";
constexpr char kSmsSpent[] = "SELECT segments, cost FROM sms_spent WHERE day = ?1 AND kind = ?2 AND owner = ?3";
constexpr char kSpendSms[] =
    "INSERT INTO sms_spent (day, kind, owner, segments, cost) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO UPDATE SET segments = segments + "
    "excluded.segments, cost = cost + excluded.cost";
constexpr char kNewestDelivery[] = "SELECT status, last_delivery FROM notification WHERE id = ?1 AND service = ?2";

// A notification made ready on the caller's thread, so that the writer only binds and steps.
struct Prepared {
  const NewNotification* given = nullptr;
  StoredContent content;
  std::string labels;
  std::string plan;
  std::size_t bytes = 0;
};

// The step that the first delivery works is active from the start.
std::string plan_of(const NewNotification& n) {
  std::vector<NewStep> steps = n.steps;
  for (NewStep& step : steps) {
    if (step.id == n.delivery.step && step.state == StepState::waiting) step.state = StepState::active;
  }
  return pack_plan(steps);
}

Prepared prepare(const Database& database, const NewNotification& n) {
  Prepared out{&n, store_content(database, n), pack_labels(n.labels), plan_of(n), 0};
  out.bytes = 1024 + out.content.recipient.size() + out.content.data.size() + out.content.attachments.size() + out.labels.size();
  return out;
}

// What the key's first use says about this one: nothing, "same body", or "another body".
std::optional<Result<Accepted>> earlier_use(Connection& db, const NewNotification& n) {
  if (!n.idempotency) return {};
  Cursor row = db.query(kFindKey, n.service, n.idempotency->key);
  if (!row.next() || row->instant(2) + kIdempotencyKept <= n.accepted_at) return {};
  if (row->digest(1) != n.idempotency->body) return fail(decisions::key_reused());
  return Accepted{row->id<NotificationId>(0), true};
}

Status admit(const Database& database, const Tx& tx, const NewNotification& n) {
  if (static_cast<std::uint64_t>(tx.open_deliveries()) >= database.admission().max_open) return fail(decisions::queue_full());
  return decisions::admits(*database.directory(), n.service, static_cast<std::uint64_t>(tx.open_of(n.service)));
}

Status enough_space(const Database& database) {
  if (database.bytes_free() < database.admission().min_bytes_free) return fail(decisions::disk_full());
  return {};
}

// False when the id is in use; nothing is written then.
bool put_rows(Tx& tx, const Prepared& p) {
  const NewNotification& n = *p.given;
  const NewDelivery& d = n.delivery;
  const std::int64_t content = tx.content_row + 1;
  tx.db.run(kPutNotification, n.id, n.organisation, n.service, n.key, n.kind, n.template_version, n.template_key, n.template_class,
            n.priority, n.language, n.accepted_at, n.send_at, n.reference, n.protocol, n.case_file, BytesIfAny{p.labels}, n.batch, content,
            d.id, tx.event_position + 1, p.plan);
  if (tx.db.changes() == 0) return false;
  tx.content_row = content;
  tx.db.run(kPutContent, content, n.id, n.organisation, p.content.sealed, Bytes{p.content.recipient}, Bytes{p.content.data},
            BytesIfAny{p.content.attachments});
  tx.db.run(kPutDelivery, d.id, n.id, d.step, n.organisation, n.service, d.channel, d.pool, n.priority, n.batch, Bytes{d.address_hmac},
            d.due_at, d.expires_at);
  tx.db.run(kPutAddress, n.organisation, Bytes{d.address_hmac}, n.id);
  if (n.idempotency) tx.db.run(kPutIdempotencyKey, n.organisation, n.service, n.idempotency->key, n.idempotency->body, n.id, n.accepted_at);
  for (const Attachment& a : n.attachments) {
    tx.db.run(kPutBlob, n.organisation, a.blob.digest, a.size, n.accepted_at);
    tx.db.run(kPutAttachmentRef, a.blob.digest, n.organisation, n.id);
  }
  insert_event(tx, {n.id, 1, n.organisation, n.service, {}, {}, EventKind::accepted, NotificationStatus::queued, n.accepted_at, {}, {}});
  const DeliveryState due;
  tx.change.moved({n.organisation, n.service, d.pool, n.priority}, nullptr, &due);
  ++tx.change.accepted;
  return true;
}

Status sms_fits(Connection& db, const DirectorySnapshot& directory, std::span<const decisions::SmsPayer> payers, const NewNotification& n) {
  for (const decisions::SmsPayer& payer : payers) {
    if (!payer.budget.limits()) continue;
    SmsSpent so_far;
    {
      Cursor row = db.query(kSmsSpent, n.sms.day, payer.kind, payer.owner);
      if (row.next()) so_far = {static_cast<std::uint64_t>(row->number(0)), static_cast<std::uint64_t>(row->number(1))};
    }
    if (Status fine = decisions::sms_fits(directory, payer, so_far, n); !fine) return fine;
  }
  return {};
}

Result<Accepted> accept_one(const Database& database, Tx& tx, const Prepared& p) {
  const NewNotification& n = *p.given;
  if (auto answer = earlier_use(tx.db, n)) return std::move(*answer);
  if (const Status fine = admit(database, tx, n); !fine) return fail(fine.error());
  const DirectoryPtr directory = database.directory();
  const auto payers = decisions::sms_payers(*directory, n);
  if (const Status fine = sms_fits(tx.db, *directory, payers, n); !fine) return fail(fine.error());
  if (!put_rows(tx, p)) return fail(decisions::already_stored());
  for (const decisions::SmsPayer& payer : payers) tx.db.run(kSpendSms, n.sms.day, payer.kind, payer.owner, n.sms.segments, n.sms.cost);
  return Accepted{n.id, false};
}

// Bytes counted as waiting for as long as the call lasts.
class WaitingBytes {
 public:
  WaitingBytes(Database& database, std::size_t bytes) : counter_(database.waiting_bytes()), bytes_(bytes) {
    fits_ = counter_.fetch_add(bytes) + bytes <= database.admission().max_waiting_bytes;
  }
  ~WaitingBytes() { counter_.fetch_sub(bytes_); }
  WaitingBytes(const WaitingBytes&) = delete;
  WaitingBytes& operator=(const WaitingBytes&) = delete;
  bool fits() const { return fits_; }

 private:
  std::atomic<std::uint64_t>& counter_;
  std::size_t bytes_;
  bool fits_ = false;
};

}  // namespace

Result<Accepted> SqliteIntake::accept(const NewNotification& notification) {
  if (const Status fine = decisions::check(notification); !fine) return fail(fine.error());
  if (const Status fine = enough_space(database_); !fine) return fail(fine.error());
  const Prepared prepared = prepare(database_, notification);
  const WaitingBytes waiting(database_, prepared.bytes);
  if (!waiting.fits()) return fail(decisions::intake_full());
  return database_.write(Turn::intake, 1, [&](Tx& tx) { return accept_one(database_, tx, prepared); });
}

Status SqliteIntake::admits(ServiceId service) {
  if (Status fine = enough_space(database_); !fine) return fine;
  const Admission limits = database_.admission();
  if (database_.waiting_bytes() > limits.max_waiting_bytes) return fail(decisions::intake_full());
  std::int64_t all = 0, own = 0;
  database_.writer().with_totals([&](const Totals& totals) {
    all = totals.open;
    const auto known = totals.open_by_service.find(service);
    if (known != totals.open_by_service.end()) own = known->second;
  });
  if (static_cast<std::uint64_t>(all) >= limits.max_open) return fail(decisions::queue_full());
  return decisions::admits(*database_.directory(), service, static_cast<std::uint64_t>(own));
}

std::vector<Result<Accepted>> SqliteIntake::accept_many(std::span<const NewNotification> notifications) {
  const auto all = [&](const Error& error) { return std::vector<Result<Accepted>>(notifications.size(), Result<Accepted>(fail(error))); };
  if (notifications.empty()) return {};
  if (const Status fine = enough_space(database_); !fine) return all(fine.error());
  std::vector<Prepared> prepared;
  prepared.reserve(notifications.size());
  std::size_t bytes = 0;
  for (const NewNotification& n : notifications) bytes += prepared.emplace_back(prepare(database_, n)).bytes;
  const WaitingBytes waiting(database_, bytes);
  if (!waiting.fits()) return all(decisions::intake_full());
  auto done = database_.write(Turn::intake, notifications.size(), [&](Tx& tx) -> Result<std::vector<Result<Accepted>>> {
    std::vector<Result<Accepted>> out;
    out.reserve(prepared.size());
    for (const Prepared& p : prepared) {
      const Status fine = decisions::check(*p.given);
      out.push_back(fine ? accept_one(database_, tx, p) : Result<Accepted>(fail(fine.error())));
    }
    return out;
  });
  return done ? std::move(*done) : all(done.error());
}

Result<std::optional<Intake::Known>> SqliteIntake::find_idempotent(ServiceId service, std::string_view key) {
  const Instant now = database_.clock().now();
  return database_.read([&](Connection& db) -> Result<std::optional<Known>> {
    Cursor row = db.query(kFindKey, service, key);
    if (!row.next() || row->instant(2) + kIdempotencyKept <= now) return std::nullopt;
    return Known{row->id<NotificationId>(0), row->digest(1)};
  });
}

Result<NotificationStatus> SqliteIntake::cancel(ServiceId service, NotificationId id, Instant now) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Result<NotificationStatus> {
    DeliveryId newest;
    {
      Cursor row = tx.db.query(kNewestDelivery, id, service);
      if (!row.next()) return fail(decisions::no_such_notification());
      if (const auto status = row->as<NotificationStatus>(0); is_final(status)) return fail(decisions::already_ended(status));
      newest = row->id<DeliveryId>(1);
    }
    auto delivery = DeliveryChange::load(tx, newest);
    const auto to = delivery ? messo::apply(delivery->state(), Change::cancel) : std::nullopt;
    if (!to) return fail(decisions::already_left());
    messo::sqlite::cancel(*delivery, *to, now);
    return delivery->status();
  });
}

}  // namespace messo::sqlite
