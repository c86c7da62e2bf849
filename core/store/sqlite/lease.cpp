// Leasing and hand-over: from waiting to in the provider's hands.
#include "store/sqlite/change.hpp"
#include "store/sqlite/content.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

constexpr char kRead[] =
    "SELECT d.notification, d.organisation, d.service, n.kind, d.channel, d.priority, n.template_version, n.language, n.reference, "
    "n.protocol, "
    "n.case_file, n.accepted_at, d.expires_at, d.attempts_counted, d.pool, d.attempt, c.sealed, c.recipient, c.data, c.attachments, "
    "n.class, d.address_hmac "
    "FROM delivery d JOIN notification n ON n.id = d.notification LEFT JOIN content c ON c.id = n.content WHERE d.id = ?1";
// What was read before the lease and can change is compared, not returned: RETURNING costs a temporary table per message.
constexpr char kLease[] =
    "UPDATE delivery SET phase = ?2, attempt = ?3 WHERE id = ?1 AND phase = 1 AND due_at <= ?4 AND expires_at > ?4 AND attempt IS ?5 "
    "AND attempts_counted = ?6";
constexpr char kDueAtLease[] = "SELECT 1 FROM delivery WHERE id = ?1 AND phase = 1 AND due_at <= ?2 AND expires_at > ?2";
constexpr char kPutAttempt[] =
    "INSERT INTO attempt (id, delivery, organisation, provider, node, boot, epoch, leased_at, handed_over_at, scope, code, public_text, "
    "previous) VALUES (?1,?2,?3,?4,?5,?6,1,?7,?8,0,'','',?9)";
constexpr char kPutRate[] =
    "INSERT INTO rate_bucket (provider, window, tokens, at) VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET tokens = excluded.tokens, at = "
    "excluded.at";
constexpr char kLeasedAttempt[] =
    "SELECT a.delivery, d.phase, d.organisation, d.service, d.pool, d.priority FROM attempt a JOIN delivery d ON d.id = a.delivery "
    "WHERE a.id = ?1 AND a.ended_at IS NULL AND d.attempt = ?1";
constexpr char kHandOver[] = "UPDATE delivery SET phase = ?2 WHERE id = ?1";
constexpr char kMarkHandedOver[] = "UPDATE attempt SET handed_over_at = ?2 WHERE id = ?1";

struct Candidate {
  LeasedDelivery leased;
  std::string pool;
  std::optional<AttemptId> last;  // the newest so far
  bool handed_over = false;
  bool courtesy = true;
  Uuid address_hmac;
};

// What the lease gives back is read before it, beside the writer: all of it is immutable but what the writer checks itself.
Result<std::vector<Candidate>> candidates(Database& database, Connection& db, std::span<const LeaseOrder> orders) {
  std::vector<Candidate> out;
  out.reserve(orders.size());
  for (const LeaseOrder& order : orders) {
    Cursor row = db.query(kRead, order.delivery);
    if (!row.next()) continue;
    Candidate& c = out.emplace_back();
    c.pool = row->text(14);
    c.handed_over = order.handed_over;
    LeasedDelivery& l = c.leased;
    l.attempt = order.attempt;
    l.provider = order.provider;
    l.delivery = order.delivery;
    l.notification = row->id<NotificationId>(0);
    l.organisation = row->id<OrganisationId>(1);
    l.service = row->id<ServiceId>(2);
    l.kind = row->as<KeyKind>(3);
    l.channel = row->as<Channel>(4);
    l.priority = row->as<Priority>(5);
    l.template_version = row->id<TemplateVersionId>(6);
    l.language = row->text(7);
    l.reference = row->text(8);
    l.protocol = row->text(9);
    l.case_file = row->text(10);
    l.accepted_at = row->instant(11);
    l.expires_at = row->instant(12);
    l.attempts_counted = static_cast<std::uint32_t>(row->number(13));
    c.last = row->maybe_id<AttemptId>(15);
    c.courtesy = row->as<TemplateClass>(20) == TemplateClass::courtesy;
    c.address_hmac = row->uuid(21);
    if (row->null(16)) continue;
    auto content = load_content(database, row.row(), 16, l.notification);
    if (!content) return fail(content.error());
    l.content = std::move(*content);
  }
  return out;
}

bool suppressed(Tx& tx, const Candidate& c, Instant now) {
  {
    Cursor row = tx.db.query(kDueAtLease, c.leased.delivery, now);
    if (!row.next()) return false;
  }
  return suppress_delivery(tx, c.leased.organisation, c.address_hmac, c.leased.delivery, now);
}

// The phase is checked where it is changed: what is not due any more stays as it is.
bool lease_one(Tx& tx, const Worker& worker, const Candidate& c, Instant now) {
  const LeasedDelivery& l = c.leased;
  if (c.courtesy && tx.database.suppression_filter().may_hold(c.address_hmac) && suppressed(tx, c, now)) return false;
  DeliveryState to = *messo::apply(DeliveryState{}, Change::lease);
  if (c.handed_over) to = *messo::apply(to, Change::hand_over);
  tx.db.run(kLease, l.delivery, to.phase, l.attempt, now, c.last, l.attempts_counted);
  if (tx.db.changes() == 0) return false;
  const DeliveryState from;
  tx.change.moved({l.organisation, l.service, c.pool, l.priority}, &from, &to);
  const std::optional<Instant> handed_over_at = c.handed_over ? std::optional(now) : std::nullopt;
  tx.db.run(kPutAttempt, l.attempt, l.delivery, l.organisation, l.provider, worker.node, worker.boot, now, handed_over_at, c.last);
  return true;
}

}  // namespace

Result<std::vector<LeasedDelivery>> SqliteWorkQueue::lease(const Worker& worker, std::span<const LeaseOrder> orders,
                                                           std::span<const RateState> rates, Instant now) {
  auto read = database_.read([&](Connection& db) { return candidates(database_, db, orders); });
  if (!read) return fail(read.error());
  std::vector<bool> taken(read->size());
  const Status done = database_.write(Turn::work, orders.size(), [&](Tx& tx) -> Status {
    for (std::size_t i = 0; i < read->size(); ++i) taken[i] = lease_one(tx, worker, (*read)[i], now);
    for (const RateState& rate : rates) tx.db.run(kPutRate, rate.provider, rate.window, rate.tokens, rate.at);
    return {};
  });
  if (!done) return fail(done.error());
  std::vector<LeasedDelivery> out;
  out.reserve(read->size());
  for (std::size_t i = 0; i < read->size(); ++i) {
    if (taken[i]) out.push_back(std::move((*read)[i].leased));
  }
  return out;
}

Result<std::vector<AttemptId>> SqliteWorkQueue::hand_over(std::span<const AttemptId> attempts, Instant now) {
  return database_.write(Turn::work, attempts.size(), [&](Tx& tx) -> Result<std::vector<AttemptId>> {
    std::vector<AttemptId> refused;
    for (const AttemptId& attempt : attempts) {
      DeliveryId delivery;
      {
        Cursor row = tx.db.query(kLeasedAttempt, attempt);
        const DeliveryState from{row.next() ? row->as<Phase>(1) : Phase::closed, DeliveryResult::open, false};
        const auto to = messo::apply(from, Change::hand_over);
        if (!to) {
          refused.push_back(attempt);
          continue;
        }
        delivery = row->id<DeliveryId>(0);
      }
      tx.db.run(kHandOver, delivery, Phase::handed_over);
      tx.db.run(kMarkHandedOver, attempt, now);
    }
    return refused;
  });
}

}  // namespace messo::sqlite
