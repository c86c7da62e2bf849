// Settling doubts: questions and operators' decisions.
#include "store/sqlite/doubts.hpp"

#include "store/doubt_decisions.hpp"
#include "store/sqlite/change.hpp"

namespace messo::sqlite {
namespace {

constexpr char kDoubtRow[] = "SELECT attempt, provider, since, held, asks, asked_at, ask_at, requested FROM doubt WHERE delivery = ?1";
constexpr char kSaveDoubt[] = "UPDATE doubt SET held = ?2, asks = ?3, asked_at = ?4, ask_at = ?5, requested = ?6 WHERE delivery = ?1";
constexpr char kMoveExpiry[] = "UPDATE delivery SET expires_at = ?2 WHERE id = ?1";
constexpr std::size_t kStepsAtOnce = 256;

std::optional<decisions::DoubtRow> load_doubt(Connection& db, DeliveryId id) {
  Cursor row = db.query(kDoubtRow, id);
  if (!row.next()) return {};
  decisions::DoubtRow out;
  out.attempt = row->id<AttemptId>(0);
  out.provider = row->id<ProviderId>(1);
  out.since = row->instant(2);
  out.held = row->as<Held>(3);
  out.asks = static_cast<std::uint32_t>(row->number(4));
  out.asked_at = row->maybe_instant(5);
  out.ask_at = row->maybe_instant(6);
  out.requested = row->number(7) != 0;
  return out;
}

void save_doubt(Connection& db, DeliveryId id, const decisions::DoubtRow& doubt) {
  db.run(kSaveDoubt, id, doubt.held, doubt.asks, doubt.asked_at, doubt.ask_at, doubt.requested);
}

bool take_step(Tx& tx, const DoubtStep& step, Instant now) {
  auto doubt = load_doubt(tx.db, step.delivery);
  if (!doubt || doubt->attempt != step.attempt) return false;
  const bool told = decisions::proceed(*doubt, step, now);
  save_doubt(tx.db, step.delivery, *doubt);
  if (!told) return true;
  auto delivery = DeliveryChange::load(tx, step.delivery);
  if (!delivery) return false;
  const EventKind kind = step.held == Held::no ? EventKind::asked : EventKind::held;
  delivery->event(kind, step.attempt, now, decisions::step_data(*doubt));
  delivery->save();
  return true;
}

// The delivery the decision is about, if it may be carried out.
Result<DeliveryChange> decidable(Tx& tx, const DoubtDecision& decision) {
  auto delivery = DeliveryChange::load(tx, decision.delivery);
  if (!delivery) return fail(decisions::no_such_doubt());
  if (Status fine = decisions::check(decision, delivery->organisation(), delivery->state(), delivery->attempt()); !fine)
    return fail(std::move(fine.error()));
  return std::move(*delivery);
}

}  // namespace

Result<std::vector<bool>> SqliteDoubts::proceed(std::span<const DoubtStep> steps, Instant now) {
  std::vector<bool> out;
  for (std::size_t at = 0; at < steps.size(); at += kStepsAtOnce) {
    const auto chunk = steps.subspan(at, std::min(kStepsAtOnce, steps.size() - at));
    const auto taken = database_.write(Turn::work, chunk.size(), [&](Tx& tx) -> Result<std::vector<bool>> {
      std::vector<bool> some;
      for (const DoubtStep& step : chunk) some.push_back(take_step(tx, step, now));
      return some;
    });
    if (!taken) return fail(taken.error());
    out.insert(out.end(), taken->begin(), taken->end());
  }
  return out;
}

Status SqliteDoubts::ask(const DoubtDecision& decision, Instant now) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Status {
    auto delivery = decidable(tx, decision);
    if (!delivery) return fail(std::move(delivery.error()));
    auto doubt = load_doubt(tx.db, decision.delivery);
    if (!doubt) return fail(decisions::no_such_doubt());
    decisions::request(*doubt, now);
    save_doubt(tx.db, decision.delivery, *doubt);
    delivery->event(EventKind::asked, doubt->attempt, now, decisions::decision_data(decision, {}));
    delivery->save();
    return {};
  });
}

Result<NotificationStatus> SqliteDoubts::resend(const DoubtDecision& decision, std::optional<Instant> expires_at, Instant now) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Result<NotificationStatus> {
    auto delivery = decidable(tx, decision);
    if (!delivery) return fail(std::move(delivery.error()));
    if (expires_at.value_or(delivery->expires_at()) <= now) return fail(decisions::expired_in_doubt());
    const auto attempt = delivery->attempt();
    delivery->move(*messo::apply(delivery->state(), Change::retry), now);
    delivery->set_due(now);
    if (expires_at) tx.db.run(kMoveExpiry, decision.delivery, *expires_at);
    delivery->event(EventKind::resent, attempt, now, decisions::decision_data(decision, {}));
    delivery->save();
    return delivery->status();
  });
}

Result<NotificationStatus> SqliteDoubts::close(const DoubtDecision& decision, DeliveryResult result, Instant now) {
  const auto change = decisions::change_of(result);
  if (!change) return fail(decisions::not_an_operators_result());
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Result<NotificationStatus> {
    auto delivery = decidable(tx, decision);
    if (!delivery) return fail(std::move(delivery.error()));
    const auto attempt = delivery->attempt();
    delivery->move(*messo::apply(delivery->state(), *change), now);
    delivery->event(EventKind::settled, attempt, now, decisions::decision_data(decision, result));
    delivery->save();
    return delivery->status();
  });
}

}  // namespace messo::sqlite
