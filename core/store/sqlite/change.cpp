#include "store/sqlite/change.hpp"

#include "store/sqlite/codec.hpp"

namespace messo::sqlite {
namespace {

constexpr char kLoad[] =
    "SELECT d.notification, d.step, d.organisation, d.service, d.pool, d.priority, d.phase, d.result, d.disputed, d.due_at, d.expires_at, "
    "d.attempts_counted, d.crashes, d.milestones, d.attempt, d.closed_at, n.status, n.sequence, n.ended_at, n.last_event, n.plan, "
    "d.channel "
    "FROM delivery d JOIN notification n ON n.id = d.notification WHERE d.id = ?1";
constexpr char kSaveDelivery[] =
    "UPDATE delivery SET phase = ?2, result = ?3, disputed = ?4, due_at = ?5, attempts_counted = ?6, crashes = ?7, milestones = ?8, "
    "closed_at = ?9 "
    "WHERE id = ?1";
constexpr char kSaveNotification[] =
    "UPDATE notification SET status = ?2, sequence = ?3, ended_at = ?4, last_event = ?5, plan = ?6 WHERE id = ?1";
constexpr char kInsertEvent[] =
    "INSERT INTO event (position, notification, sequence, organisation, service, delivery, attempt, kind, status, at, data, "
    "previous) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)";
constexpr char kInsertAudit[] = "INSERT INTO audit (position, at, actor, sentence) VALUES (?1,?2,?3,?4)";
constexpr char kSetTimer[] =
    "INSERT INTO timer (kind, subject, organisation, due_at) VALUES (?1,?2,?3,?4) ON CONFLICT DO UPDATE SET due_at = excluded.due_at";
constexpr char kClearTimer[] = "DELETE FROM timer WHERE kind = ?1 AND subject = ?2";

constexpr char kPutDoubt[] =
    "INSERT INTO doubt (delivery, notification, organisation, service, provider, attempt, since, held, asks, ask_at, requested) "
    "SELECT ?1, ?2, ?3, ?4, provider, id, ?5, 0, 0, ?5, 0 FROM attempt WHERE id = ?6";
constexpr char kDropDoubt[] = "DELETE FROM doubt WHERE delivery = ?1";

bool has_left(Phase phase, DeliveryState from, DeliveryState to) { return from.phase == phase && to.phase != phase; }

}  // namespace

void set_timer(Connection& db, const Timer& timer, std::optional<OrganisationId> organisation) {
  db.run(kSetTimer, timer.kind, timer.subject, organisation, timer.due_at);
}

void clear_timer(Connection& db, TimerKind kind, const Uuid& subject) { db.run(kClearTimer, kind, subject); }

void insert_event(Tx& tx, const EventRow& e) {
  const std::optional<std::string_view> data = e.data.empty() ? std::nullopt : std::optional(e.data);
  tx.db.run(kInsertEvent, ++tx.event_position, e.notification, e.sequence, e.organisation, e.service, e.delivery, e.attempt, e.kind,
            e.status, e.at, data, e.previous);
}

void insert_audit(Tx& tx, Instant at, std::string_view actor, std::string_view sentence) {
  tx.db.run(kInsertAudit, ++tx.audit_position, at, actor, sentence);
}

std::optional<DeliveryChange> DeliveryChange::load(Tx& tx, DeliveryId id) {
  Cursor row = tx.db.query(kLoad, id);
  if (!row.next()) return {};
  DeliveryChange out(tx);
  out.id_ = id;
  out.notification_ = row->id<NotificationId>(0);
  out.step_ = row->id<StepId>(1);
  out.lane_ = {row->id<OrganisationId>(2), row->id<ServiceId>(3), row->text(4), row->as<Priority>(5)};
  out.state_ = {row->as<Phase>(6), row->as<DeliveryResult>(7), row->number(8) != 0};
  out.due_at_ = row->instant(9);
  out.expires_at_ = row->instant(10);
  out.attempts_counted_ = static_cast<std::uint32_t>(row->number(11));
  out.crashes_ = static_cast<std::uint32_t>(row->number(12));
  out.milestones_ = static_cast<std::uint32_t>(row->number(13));
  out.attempt_ = row->maybe_id<AttemptId>(14);
  out.closed_at_ = row->maybe_instant(15);
  out.status_ = row->as<NotificationStatus>(16);
  out.sequence_ = static_cast<std::uint32_t>(row->number(17));
  out.ended_at_ = row->maybe_instant(18);
  out.last_event_ = row->number(19);
  out.plan_ = row->text(20);
  out.channel_ = row->as<Channel>(21);
  return out;
}

void DeliveryChange::move(DeliveryState to, Instant at) {
  const DeliveryState from = state_;
  tx_->change.moved(lane_, &from, &to);
  state_ = to;
  if (to.phase == Phase::in_doubt && from.phase != Phase::in_doubt) {
    tx_->db.run(kPutDoubt, id_, notification_, lane_.organisation, lane_.service, at, attempt_);
  }
  if (has_left(Phase::in_doubt, from, to)) {
    tx_->db.run(kDropDoubt, id_);
    clear_timer(tx_->db, TimerKind::doubt_deadline, id_.value);
  }
  if (has_left(Phase::awaiting_receipt, from, to)) clear_timer(tx_->db, TimerKind::receipt_deadline, id_.value);
  if (to.phase == Phase::closed && !closed_at_) closed_at_ = at;
  if (from.phase == Phase::closed || to.phase == Phase::closed) {
    progress(at);
  } else {
    status_ = status_of(to);  // while a delivery is open no step changes
  }
}

void DeliveryChange::await_receipt(Instant now, std::optional<Instant> deadline) {
  const Instant silence = deadline.value_or(now + decisions::receipt_wait(channel_));
  set_timer(tx_->db, {TimerKind::receipt_deadline, id_.value, silence}, lane_.organisation);
}

void DeliveryChange::progress(Instant at) {
  auto plan = unpack_plan(plan_);
  if (!plan) throw SqliteError(SQLITE_ERROR, "damaged plan of notification " + notification_.to_string());
  std::vector<PlanStep> steps;
  std::size_t worked = ~std::size_t{0};
  for (const NewStep& step : *plan) {
    if (step.id == step_) worked = steps.size();
    steps.push_back({step.spec.success, step.state});
  }
  status_ = plan_progress(steps, worked, state_);
  for (std::size_t i = 0; i < steps.size(); ++i) (*plan)[i].state = steps[i].state;
  plan_ = pack_plan(*plan);
  if (is_final(status_) && !ended_at_) ended_at_ = at;
}

void DeliveryChange::event(EventKind kind, std::optional<AttemptId> attempt, Instant at, std::string_view data) {
  insert_event(*tx_, {notification_, ++sequence_, lane_.organisation, lane_.service, id_, attempt, kind, status_, at, data, last_event_});
  last_event_ = tx_->event_position;
}

void DeliveryChange::save() {
  tx_->db.run(kSaveDelivery, id_, state_.phase, state_.result, state_.disputed, due_at_, attempts_counted_, crashes_, milestones_,
              closed_at_);
  tx_->db.run(kSaveNotification, notification_, status_, sequence_, ended_at_, last_event_, plan_);
}

void cancel(DeliveryChange& delivery, DeliveryState to, Instant now) {
  delivery.move(to, now);
  delivery.event(EventKind::cancelled, {}, now, {});
  delivery.save();
}

}  // namespace messo::sqlite
