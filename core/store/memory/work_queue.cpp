#include <algorithm>

#include "store/memory/parts.hpp"
#include "store/memory/suppressions.hpp"

namespace messo::memory {
namespace {

const Uuid kLeast{};
Uuid greatest() {
  Uuid id;
  id.bytes.fill(0xff);
  return id;
}

LeasedDelivery leased_of(const State& state, const DeliveryRow& row, const LeaseOrder& order) {
  const NotificationRow& owner = state.notifications.at(row.notification);
  const NotificationSummary& s = owner.summary;
  LeasedDelivery out;
  out.attempt = order.attempt;
  out.provider = order.provider;
  out.delivery = row.id;
  out.notification = row.notification;
  out.organisation = row.organisation;
  out.service = row.service;
  out.kind = s.kind;
  out.channel = row.channel;
  out.priority = row.priority;
  out.template_version = s.template_version;
  out.language = s.language;
  out.reference = s.reference;
  out.protocol = s.protocol;
  out.case_file = s.case_file;
  out.accepted_at = s.accepted_at;
  out.expires_at = row.expires_at;
  out.attempts_counted = row.attempts_counted;
  if (owner.content) out.content = *owner.content;
  return out;
}

void keep_outcome(AttemptView& view, const OutcomeRecord& r) {
  view.outcome = r.outcome.kind;
  view.scope = r.outcome.scope;
  view.code = r.outcome.code;
  view.public_text = r.outcome.public_text;
  if (!r.content_hash.empty()) view.content_hash = r.content_hash;
}

Recorded record_one(State& state, const OutcomeRecord& r) {
  const auto found = state.attempts.find(r.attempt);
  if (found == state.attempts.end()) return Recorded::unknown;
  AttemptRow& attempt = found->second;
  DeliveryRow& row = state.deliveries.at(attempt.delivery);
  NotificationRow& owner = state.notifications.at(row.notification);
  const bool accepted = decisions::has_milestone(row.milestones, Milestone::accepted);
  const auto decision =
      decisions::on_outcome(row.state, {attempt.open, attempt.view.outcome, row.attempts.back() == r.attempt, accepted}, r);
  if (decision.keep_outcome) keep_outcome(attempt.view, r);
  if (attempt.open) attempt.view.ended_at = r.at;
  attempt.open = false;
  attempt.checkpoint.clear();
  if (decision.counts) ++row.attempts_counted;
  if (decision.survived) row.crashes = 0;
  if (decision.recorded != Recorded::appended) {
    move(state, row, decision.state, r.at);
    suppress_address(state, row, r.outcome.code, r.at,
                     [&](Channel channel, KeyKind kind) { return decisions::suppression_by(channel, kind, r.outcome); });
    if (decision.state.phase == Phase::due) set_due(state, row, r.verdict.due_at);
    if (decision.state.phase == Phase::awaiting_receipt) {
      const Instant silence = r.verdict.deadline.value_or(r.at + decisions::receipt_wait(row.channel));
      state.timers[{TimerKind::receipt_deadline, row.id.value}] = silence;
    }
    if (decision.state.phase == Phase::in_doubt && r.verdict.deadline) {
      state.timers[{TimerKind::doubt_deadline, row.id.value}] = *r.verdict.deadline;
    }
  }
  if (decision.tell)
    append(state, owner, decision.event, row.id, r.attempt, r.at,
           decisions::outcome_data(r, attempt.view.provider, decision.state.phase == Phase::due));
  add_references(state, attempt, r.outcome.references, r.at);
  return decision.recorded;
}

void recover_one(State& state, AttemptRow& attempt, const std::function<OnDoubt(ProviderId)>& policy, Instant now, Recovered& out) {
  attempt.open = false;
  attempt.view.ended_at = now;
  DeliveryRow& row = state.deliveries.at(attempt.delivery);
  const Phase was = row.state.phase;
  if ((was != Phase::leased && was != Phase::handed_over) || row.attempts.back() != attempt.view.id) return;
  if (was == Phase::handed_over) ++row.crashes;
  const bool accepted = decisions::has_milestone(row.milestones, Milestone::accepted);
  const auto recovery = decisions::on_crash(was, row.crashes, policy(attempt.view.provider), accepted);
  switch (recovery) {
    case decisions::Recovery::released: ++out.released; break;
    case decisions::Recovery::resent: ++out.resent; break;
    case decisions::Recovery::in_doubt: ++out.in_doubt; break;
    case decisions::Recovery::poisonous: ++out.poisonous; break;
    case decisions::Recovery::accepted:
      ++out.accepted;
      state.timers[{TimerKind::receipt_deadline, row.id.value}] = now + decisions::receipt_wait(row.channel);
      break;
  }
  move(state, row, decisions::after(recovery, row.state), now);
  if (row.state.phase == Phase::due) set_due(state, row, now);
  if (recovery == decisions::Recovery::poisonous) decisions::hold(state.doubts.at(row.id), Held::crashed);
  append(state, state.notifications.at(row.notification), EventKind::recovered, row.id, attempt.view.id, now,
         decisions::recovered_data(was, row.state));
}

}  // namespace

Result<std::vector<LaneHead>> MemoryWorkQueue::lanes(std::string_view pool, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  const auto& work = shared_.state.work;
  std::vector<LaneHead> out;
  auto at = work.lower_bound(WorkKey{std::string(pool), Priority::urgent, {}, {}, Instant::min(), {}});
  while (at != work.end() && std::get<std::string>(*at) == pool) {
    const auto& [p, priority, organisation, service, due_at, id] = *at;
    if (due_at <= now) out.push_back({Lane{p, priority, organisation, service}, due_at});
    at = work.upper_bound(WorkKey{p, priority, organisation, service, Instant::max(), DeliveryId{greatest()}});
  }
  return out;
}

Result<std::vector<DueDelivery>> MemoryWorkQueue::due(const Lane& lane, Instant now, std::size_t limit, const DueDelivery* after) {
  const std::scoped_lock hold(shared_.mutex);
  const auto& work = shared_.state.work;
  const auto from =
      after ? work.upper_bound(WorkKey{lane.pool, lane.priority, lane.organisation, lane.service, after->due_at, after->delivery})
            : work.lower_bound(WorkKey{lane.pool, lane.priority, lane.organisation, lane.service, Instant::min(), DeliveryId{kLeast}});
  std::vector<DueDelivery> out;
  for (auto at = from; at != work.end() && out.size() < limit; ++at) {
    const auto& [pool, priority, organisation, service, due_at, id] = *at;
    if (Lane{pool, priority, organisation, service} != lane || due_at > now) break;
    const DeliveryRow& row = shared_.state.deliveries.at(id);
    out.push_back({id, row.batch, due_at, row.expires_at});
  }
  return out;
}

Result<std::optional<Instant>> MemoryWorkQueue::next_due(std::string_view pool, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  std::optional<Instant> next;
  for (const WorkKey& key : shared_.state.work) {
    const Instant due_at = std::get<Instant>(key);
    if (std::get<std::string>(key) == pool && due_at > now && (!next || due_at < *next)) next = due_at;
  }
  return next;
}

Result<std::vector<LeasedDelivery>> MemoryWorkQueue::lease(const Worker& worker, std::span<const LeaseOrder> orders,
                                                           std::span<const RateState> rates, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  std::vector<LeasedDelivery> out;
  for (const LeaseOrder& order : orders) {
    const auto found = state.deliveries.find(order.delivery);
    if (found == state.deliveries.end() || state.attempts.contains(order.attempt)) continue;
    DeliveryRow& row = found->second;
    if (row.state.phase != Phase::due || row.due_at > now || row.expires_at <= now || suppress_delivery(state, row, now)) continue;
    auto to = messo::apply(row.state, Change::lease);
    if (order.handed_over) to = messo::apply(*to, Change::hand_over);
    out.push_back(leased_of(state, row, order));
    move(state, row, *to, now);
    row.attempts.push_back(order.attempt);
    AttemptRow& attempt = state.attempts[order.attempt];
    attempt.view.id = order.attempt;
    attempt.view.provider = order.provider;
    attempt.view.node = worker.node;
    attempt.view.leased_at = now;
    if (order.handed_over) attempt.view.handed_over_at = now;
    attempt.delivery = row.id;
    attempt.boot = worker.boot;
  }
  for (const RateState& rate : rates) state.rates[{rate.provider, rate.window}] = rate;
  ++state.writes;
  return out;
}

Result<std::vector<AttemptId>> MemoryWorkQueue::hand_over(std::span<const AttemptId> attempts, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  std::vector<AttemptId> refused;
  for (const AttemptId& id : attempts) {
    const auto found = state.attempts.find(id);
    if (found == state.attempts.end() || !found->second.open) {
      refused.push_back(id);
      continue;
    }
    DeliveryRow& row = state.deliveries.at(found->second.delivery);
    const auto to = messo::apply(row.state, Change::hand_over);
    if (!to || row.attempts.back() != id) {
      refused.push_back(id);
      continue;
    }
    move(state, row, *to, now);
    found->second.view.handed_over_at = now;
  }
  return refused;
}

Result<std::vector<Recorded>> MemoryWorkQueue::record(std::span<const OutcomeRecord> outcomes) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<Recorded> out;
  for (const OutcomeRecord& r : outcomes) out.push_back(record_one(shared_.state, r));
  ++shared_.state.writes;
  return out;
}

Status MemoryWorkQueue::checkpoint(AttemptId attempt, std::string_view bytes) {
  const std::scoped_lock hold(shared_.mutex);
  if (bytes.size() > kMaxCheckpoint) return fail(decisions::checkpoint_too_large());
  const auto found = shared_.state.attempts.find(attempt);
  if (found == shared_.state.attempts.end() || !found->second.open) return fail(decisions::no_such_attempt());
  found->second.checkpoint = bytes;
  return {};
}

Result<std::string> MemoryWorkQueue::checkpointed(AttemptId attempt) {
  const std::scoped_lock hold(shared_.mutex);
  const auto found = shared_.state.attempts.find(attempt);
  if (found == shared_.state.attempts.end()) return fail(decisions::no_such_attempt());
  return found->second.checkpoint;
}

Result<std::size_t> MemoryWorkQueue::expire(Instant now, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  std::vector<DeliveryId> gone;
  for (const WorkKey& key : state.work) {
    if (gone.size() == limit) break;
    if (state.deliveries.at(std::get<DeliveryId>(key)).expires_at <= now) gone.push_back(std::get<DeliveryId>(key));
  }
  for (const DeliveryId& id : gone) {
    DeliveryRow& row = state.deliveries.at(id);
    move(state, row, *messo::apply(row.state, Change::expire), now);
    append(state, state.notifications.at(row.notification), EventKind::expired, id, {}, now, "");
  }
  return gone.size();
}

Result<Recovered> MemoryWorkQueue::recover(const Worker& worker, const std::function<OnDoubt(ProviderId)>& policy, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  Recovered out;
  std::vector<AttemptRow*> left;
  for (auto& [id, attempt] : shared_.state.attempts) {
    if (attempt.open && attempt.view.node == worker.node && attempt.boot != worker.boot) left.push_back(&attempt);
  }
  std::ranges::sort(left, {}, [](const AttemptRow* a) { return a->view.id; });
  for (AttemptRow* attempt : left) recover_one(shared_.state, *attempt, policy, now, out);
  return out;
}

Result<std::vector<RateState>> MemoryWorkQueue::rates() {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<RateState> out;
  out.reserve(shared_.state.rates.size());
  for (const auto& [key, rate] : shared_.state.rates) out.push_back(rate);
  return out;
}

Result<std::size_t> MemoryWorkQueue::clock_set_back(Instant was, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  std::size_t moved = 0;
  for (auto& [id, row] : state.deliveries) {
    if (row.state.phase != Phase::due) continue;
    const auto& send_at = state.notifications.at(row.notification).summary.send_at;
    const Instant due_at = decisions::due_after_set_back(row.due_at, !row.attempts.empty(), send_at, was, now);
    if (due_at == row.due_at) continue;
    set_due(state, row, due_at);
    ++moved;
  }
  return moved;
}

}  // namespace messo::memory
