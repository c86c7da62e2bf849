// Outcomes, expiry and recovery: what becomes of attempts.
#include "store/doubts.hpp"
#include "store/sqlite/parts.hpp"
#include "store/sqlite/references.hpp"

namespace messo::sqlite {
namespace {

constexpr char kAttemptToEnd[] = "SELECT delivery, provider, ended_at, outcome, ref_value FROM attempt WHERE id = ?1";
constexpr char kNamesAttempt[] = "SELECT 1 FROM attempt WHERE id = ?1 AND ref_kind = ?2 AND ref_value = ?3";
constexpr char kKeepOutcome[] =
    "UPDATE attempt SET outcome = ?2, scope = ?3, code = ?4, public_text = ?5, content_hash = coalesce(?6, content_hash), "
    "ended_at = coalesce(ended_at, ?7), ref_kind = coalesce(?8, ref_kind), ref_value = coalesce(?9, ref_value) WHERE id = ?1";
constexpr char kEnd[] = "UPDATE attempt SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL";
constexpr char kAnyCheckpoint[] = "SELECT 1 FROM attempt_checkpoint LIMIT 1";
constexpr char kForgetCheckpoint[] = "DELETE FROM attempt_checkpoint WHERE attempt = ?1";
constexpr char kPutCheckpoint[] =
    "INSERT INTO attempt_checkpoint (attempt, organisation, bytes) VALUES (?1,?2,?3) ON CONFLICT DO UPDATE SET bytes = excluded.bytes";
constexpr char kOpenAttempt[] = "SELECT organisation FROM attempt WHERE id = ?1 AND ended_at IS NULL";
constexpr char kExpired[] =
    "SELECT id FROM delivery INDEXED BY delivery_expiry WHERE phase = 1 AND expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2";
constexpr char kLeftOpen[] =
    "SELECT id, provider FROM attempt INDEXED BY attempt_open WHERE ended_at IS NULL AND node = ?1 AND boot <> ?2 ORDER BY id";
constexpr char kHoldPoisonous[] = "UPDATE doubt SET held = ?2, ask_at = NULL WHERE delivery = ?1";
constexpr std::size_t kChangesAtOnce = 256;

// The deadline that goes with the new state. No verdict has named one where a receipt said before that it was accepted.
void set_deadline(Tx& tx, DeliveryChange& delivery, const OutcomeRecord& r) {
  const Phase now = delivery.state().phase;
  const auto& deadline = r.verdict.deadline;
  if (now == Phase::awaiting_receipt) delivery.await_receipt(r.at, deadline);
  if (now == Phase::in_doubt && deadline)
    set_timer(tx.db, {TimerKind::doubt_deadline, delivery.id().value, *deadline}, delivery.organisation());
}

void forget_checkpoint(Connection& db, AttemptId attempt) {
  if (db.any(&RareRows::checkpoints, kAnyCheckpoint)) db.run(kForgetCheckpoint, attempt);
}

Recorded record_one(Tx& tx, const OutcomeRecord& r) {
  DeliveryId id;
  ProviderId provider;
  decisions::AttemptFacts facts;
  bool has_reference = false;
  {
    Cursor row = tx.db.query(kAttemptToEnd, r.attempt);
    if (!row.next()) return Recorded::unknown;
    id = row->id<DeliveryId>(0);
    provider = row->id<ProviderId>(1);
    facts.open = row->null(2);
    if (!row->null(3)) facts.outcome = row->as<OutcomeKind>(3);
    has_reference = !row->null(4);
  }
  auto delivery = DeliveryChange::load(tx, id);
  if (!delivery) return Recorded::unknown;
  facts.newest = delivery->attempt() == r.attempt;
  facts.accepted = decisions::has_milestone(delivery->milestones(), Milestone::accepted);
  const auto decision = decisions::on_outcome(delivery->state(), facts, r);
  const auto& references = r.outcome.references;
  const bool in_own_row = decision.keep_outcome && !has_reference && names_itself(references, id);
  // Kept before the message was handed over, and now said again.
  const bool known = has_reference && names_itself(references, id) &&
                     tx.db.query(kNamesAttempt, r.attempt, references[0].kind, references[0].value).next();
  if (decision.keep_outcome) {
    std::optional<std::string_view> ref_kind, ref_value;
    if (in_own_row) ref_kind = references[0].kind, ref_value = references[0].value;
    tx.db.run(kKeepOutcome, r.attempt, r.outcome.kind, r.outcome.scope, r.outcome.code, r.outcome.public_text, BytesIfAny{r.content_hash},
              r.at, ref_kind, ref_value);
  } else if (facts.open) {
    tx.db.run(kEnd, r.attempt, r.at);
  }
  forget_checkpoint(tx.db, r.attempt);
  if (decision.counts) delivery->count_attempt();
  if (decision.survived) delivery->forget_crashes();
  if (decision.recorded != Recorded::appended) {
    delivery->move(decision.state, r.at);
    suppress_address(tx, id, r.outcome, r.at);
    if (decision.state.phase == Phase::due) delivery->set_due(r.verdict.due_at);
    set_deadline(tx, *delivery, r);
  }
  if (decision.tell)
    delivery->event(decision.event, r.attempt, r.at, decisions::outcome_data(r, provider, decision.state.phase == Phase::due));
  delivery->save();
  if (!references.empty()) add_references(tx, {provider, r.attempt, id, delivery->organisation(), references, in_own_row || known}, r.at);
  return decision.recorded;
}

void expire_one(Tx& tx, DeliveryId id, Instant now) {
  auto delivery = DeliveryChange::load(tx, id);
  if (!delivery || delivery->state().phase != Phase::due || delivery->expires_at() > now) return;
  delivery->move(*messo::apply(delivery->state(), Change::expire), now);
  delivery->event(EventKind::expired, {}, now, {});
  delivery->save();
}

struct LeftOpen {
  AttemptId attempt;
  OnDoubt policy = OnDoubt::hold;
};

void recover_one(Tx& tx, const LeftOpen& left, Instant now, Recovered& out) {
  DeliveryId id;
  {
    Cursor row = tx.db.query(kAttemptToEnd, left.attempt);
    if (!row.next() || !row->null(2)) return;
    id = row->id<DeliveryId>(0);
  }
  tx.db.run(kEnd, left.attempt, now);
  auto delivery = DeliveryChange::load(tx, id);
  if (!delivery || delivery->attempt() != left.attempt) return;
  const Phase was = delivery->state().phase;
  if (was != Phase::leased && was != Phase::handed_over) return;
  if (was == Phase::handed_over) delivery->count_crash();
  const bool accepted = decisions::has_milestone(delivery->milestones(), Milestone::accepted);
  const auto recovery = decisions::on_crash(was, delivery->crashes(), left.policy, accepted);
  switch (recovery) {
    case decisions::Recovery::released: ++out.released; break;
    case decisions::Recovery::resent: ++out.resent; break;
    case decisions::Recovery::in_doubt: ++out.in_doubt; break;
    case decisions::Recovery::poisonous: ++out.poisonous; break;
    case decisions::Recovery::accepted:
      ++out.accepted;
      delivery->await_receipt(now);
      break;
  }
  delivery->move(decisions::after(recovery, delivery->state()), now);
  if (delivery->state().phase == Phase::due) delivery->set_due(now);
  if (recovery == decisions::Recovery::poisonous) tx.db.run(kHoldPoisonous, id, Held::crashed);
  delivery->event(EventKind::recovered, left.attempt, now, decisions::recovered_data(was, delivery->state()));
  delivery->save();
}

}  // namespace

Result<std::vector<Recorded>> SqliteWorkQueue::record(std::span<const OutcomeRecord> outcomes) {
  return database_.write(Turn::work, outcomes.size(), [&](Tx& tx) -> Result<std::vector<Recorded>> {
    std::vector<Recorded> out;
    out.reserve(outcomes.size());
    for (const OutcomeRecord& r : outcomes) out.push_back(record_one(tx, r));
    return out;
  });
}

Status SqliteWorkQueue::checkpoint(AttemptId attempt, std::string_view bytes) {
  if (bytes.size() > kMaxCheckpoint) return fail(decisions::checkpoint_too_large());
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Status {
    OrganisationId organisation;
    {
      Cursor row = tx.db.query(kOpenAttempt, attempt);
      if (!row.next()) return fail(decisions::no_such_attempt());
      organisation = row->id<OrganisationId>(0);
    }
    tx.db.rare().checkpoints = true;
    tx.db.run(kPutCheckpoint, attempt, organisation, Bytes{bytes});
    return {};
  });
}

Result<std::size_t> SqliteWorkQueue::expire(Instant now, std::size_t limit) {
  const auto gone = database_.read([&](Connection& db) -> Result<std::vector<DeliveryId>> {
    std::vector<DeliveryId> out;
    for (Cursor row = db.query(kExpired, now, limit); row.next();) out.push_back(row->id<DeliveryId>(0));
    return out;
  });
  if (!gone) return fail(gone.error());
  for (std::size_t at = 0; at < gone->size(); at += kChangesAtOnce) {
    const auto chunk = std::span(*gone).subspan(at, std::min(kChangesAtOnce, gone->size() - at));
    const Status done = database_.write(Turn::work, chunk.size(), [&](Tx& tx) -> Status {
      for (const DeliveryId& id : chunk) expire_one(tx, id, now);
      return {};
    });
    if (!done) return fail(done.error());
  }
  return gone->size();
}

Result<Recovered> SqliteWorkQueue::recover(const Worker& worker, const std::function<OnDoubt(ProviderId)>& policy, Instant now) {
  const auto left = database_.read([&](Connection& db) -> Result<std::vector<LeftOpen>> {
    std::vector<LeftOpen> out;
    for (Cursor row = db.query(kLeftOpen, worker.node, worker.boot); row.next();) {
      out.push_back({row->id<AttemptId>(0), policy(row->id<ProviderId>(1))});
    }
    return out;
  });
  if (!left) return fail(left.error());
  Recovered total;
  for (std::size_t at = 0; at < left->size(); at += kChangesAtOnce) {
    const auto chunk = std::span(*left).subspan(at, std::min(kChangesAtOnce, left->size() - at));
    const auto done = database_.write(Turn::work, chunk.size(), [&](Tx& tx) -> Result<Recovered> {
      Recovered out;
      for (const LeftOpen& one : chunk) recover_one(tx, one, now, out);
      return out;
    });
    if (!done) return fail(done.error());
    total.released += done->released;
    total.resent += done->resent;
    total.in_doubt += done->in_doubt;
    total.poisonous += done->poisonous;
    total.accepted += done->accepted;
  }
  return total;
}

}  // namespace messo::sqlite
