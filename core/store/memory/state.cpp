#include "store/memory/state.hpp"

#include <algorithm>

#include "store/memory/suppressions.hpp"

namespace messo::memory {
namespace {

std::uint64_t* counter(Depth& depth, Phase phase) {
  switch (phase) {
    case Phase::scheduled:
    case Phase::due: return &depth.waiting;
    case Phase::leased:
    case Phase::handed_over: return &depth.in_hand;
    case Phase::awaiting_receipt: return &depth.awaiting_receipt;
    case Phase::in_doubt: return &depth.in_doubt;
    case Phase::closed: return nullptr;
  }
  return nullptr;
}

void count(State& state, const DeliveryRow& row, Phase phase, bool enters) {
  Depth& depth = state.depths[{row.organisation, row.service, row.pool, row.priority}];
  std::uint64_t* n = counter(depth, phase);
  if (n == nullptr) return;
  *n += enters ? 1U : std::uint64_t(-1);
  state.open_by_service[row.service] += enters ? 1U : std::uint64_t(-1);
}

void book(State& state, DeliveryResult result, bool enters) {
  auto at = std::ranges::find(state.books.closed, result, [](const auto& entry) { return entry.first; });
  if (at == state.books.closed.end()) at = state.books.closed.insert(at, {result, 0});
  at->second += enters ? 1U : std::uint64_t(-1);
}

void progress(NotificationRow& owner, const DeliveryRow& row, Instant at) {
  std::vector<PlanStep> steps;
  std::size_t worked = owner.steps.size();
  for (const NewStep& step : owner.steps) {
    if (step.id == row.step) worked = steps.size();
    steps.push_back({step.spec.success, step.state});
  }
  owner.summary.status = plan_progress(steps, worked, row.state);
  for (std::size_t i = 0; i < steps.size(); ++i) owner.steps[i].state = steps[i].state;
  if (is_final(owner.summary.status) && !owner.summary.ended_at) owner.summary.ended_at = at;
}

bool waits(Phase phase) { return phase == Phase::due || phase == Phase::scheduled; }

}  // namespace

WorkKey work_key(const DeliveryRow& row) { return {row.pool, row.priority, row.organisation, row.service, row.due_at, row.id}; }

void enter_depth(State& state, const DeliveryRow& row) { count(state, row, row.state.phase, true); }

void append(State& state, NotificationRow& owner, EventKind kind, std::optional<DeliveryId> delivery, std::optional<AttemptId> attempt,
            Instant at, std::string data) {
  Event event;
  event.position = ++state.last_position;
  event.sequence = static_cast<std::uint32_t>(owner.timeline.size() + 1);
  event.notification = owner.summary.id;
  event.organisation = owner.summary.organisation;
  event.service = owner.summary.service;
  event.delivery = delivery;
  event.attempt = attempt;
  event.kind = kind;
  event.status = owner.summary.status;
  event.at = at;
  event.data_json = std::move(data);
  owner.timeline.push_back(event);
  state.events.push_back(std::move(event));
}

void move(State& state, DeliveryRow& row, DeliveryState to, Instant at) {
  const DeliveryState from = row.state;
  if (waits(from.phase)) state.work.erase(work_key(row));
  count(state, row, from.phase, false);
  count(state, row, to.phase, true);
  if (from.phase == Phase::closed) book(state, from.result, false);
  if (to.phase == Phase::closed) book(state, to.result, true);
  if (is_open(from.phase) != is_open(to.phase)) state.books.open += is_open(to.phase) ? 1U : std::uint64_t(-1);
  row.state = to;
  if (to.phase != Phase::in_doubt) {
    state.doubts.erase(row.id);
  } else if (from.phase != Phase::in_doubt) {
    const AttemptView& attempt = state.attempts.at(row.attempts.back()).view;
    state.doubts[row.id] = decisions::new_doubt(attempt.id, attempt.provider, at);
  }
  if (waits(to.phase)) state.work.insert(work_key(row));
  if (from.phase != to.phase) {
    if (from.phase == Phase::awaiting_receipt) state.timers.erase({TimerKind::receipt_deadline, row.id.value});
    if (from.phase == Phase::in_doubt) state.timers.erase({TimerKind::doubt_deadline, row.id.value});
  }
  if (to.phase == Phase::closed && !row.closed_at) row.closed_at = at;
  progress(state.notifications.at(row.notification), row, at);
}

void set_due(State& state, DeliveryRow& row, Instant due_at) {
  const bool indexed = state.work.erase(work_key(row)) != 0;
  row.due_at = due_at;
  if (indexed) state.work.insert(work_key(row));
}

namespace {

// A part may have several ids: it has arrived when one of them has.
bool arrived_whole(const State& state, const RefRow& ref) {
  return std::ranges::all_of(state.refs, [&](const auto& entry) {
    const RefRow& one = entry.second;
    if (one.attempt != ref.attempt || one.part == ref.part || one.delivered) return true;
    return std::ranges::any_of(state.refs, [&](const auto& other) {
      return other.second.attempt == one.attempt && other.second.part == one.part && other.second.delivered;
    });
  });
}

bool apply_one(State& state, const ReceiptRow& receipt, RefRow& ref, Instant at) {
  DeliveryRow& row = state.deliveries.at(ref.delivery);
  NotificationRow& owner = state.notifications.at(row.notification);
  if (receipt.settles && receipt.receipt.kind == ReceiptKind::delivered) ref.delivered = true;
  const Phase was = row.state.phase;
  const auto decision = decisions::on_receipt(row.state, row.milestones, receipt.receipt, receipt.settles, arrived_whole(state, ref));
  row.milestones |= decisions::milestone_bit(decision.milestone);
  if (decision.changed) move(state, row, decision.state, at);
  if (row.state.phase == Phase::awaiting_receipt && was != Phase::awaiting_receipt)
    state.timers[{TimerKind::receipt_deadline, row.id.value}] = at + decisions::receipt_wait(row.channel);
  append(state, owner, decision.event, row.id, ref.attempt, at, decisions::receipt_data(receipt.receipt, decision, receipt.provider));
  suppress_address(state, row, receipt.receipt.code, at, [&](Channel channel, KeyKind kind) {
    return decisions::suppression_by(channel, kind, receipt.receipt, decision.means, receipt.settles);
  });
  if (decision.newly_disputed) append(state, owner, EventKind::disputed, row.id, ref.attempt, at, "");
  return decision.changed;
}

// True when something was learned.
bool learn(State& state, const ReceiptRow& receipt, const RefRow& ref) {
  if (!receipt.settles) return false;
  bool any = false;
  for (const Reference& r : receipt.receipt.learned) {
    const auto [at, is_new] =
        state.refs.try_emplace({receipt.provider, r.kind, r.value}, RefRow{ref.delivery, ref.attempt, ref.part, false});
    if (!is_new && at->second.delivery != ref.delivery) continue;  // another delivery's stays where it is
    at->second.attempt = ref.attempt;
    any = true;
  }
  return any;
}

// Each receipt that waited is applied once, the oldest first; what it teaches may match others, older ones too.
void match_waiting(State& state, ProviderId provider, Instant at) {
  const auto known = [&](const ReceiptRow& row) {
    for (const Reference& r : row.receipt.references) {
      if (const auto ref = state.refs.find({provider, r.kind, r.value}); ref != state.refs.end()) return ref;
    }
    return state.refs.end();
  };
  for (auto row = state.receipts.begin(); row != state.receipts.end();) {
    ReceiptRow& early = row->second;
    ++row;
    if (early.delivery || early.provider != provider) continue;
    const auto ref = known(early);
    if (ref == state.refs.end()) continue;
    early.delivery = ref->second.delivery;
    early.attempt = ref->second.attempt;
    apply_one(state, early, ref->second, at);
    if (learn(state, early, ref->second)) row = state.receipts.begin();
  }
}

}  // namespace

bool apply_receipt(State& state, const ReceiptRow& receipt, RefRow& ref, Instant at) {
  const bool changed = apply_one(state, receipt, ref, at);
  if (learn(state, receipt, ref)) match_waiting(state, receipt.provider, at);
  return changed;
}

void add_references(State& state, const AttemptRow& attempt, std::span<const Reference> references, Instant at) {
  const ProviderId provider = attempt.view.provider;
  for (const Reference& r : references) {
    RefRow& row = state.refs[{provider, r.kind, r.value}];
    row = {attempt.delivery, attempt.view.id, r.part, row.attempt == attempt.view.id && row.delivered};
  }
  match_waiting(state, provider, at);
}

}  // namespace messo::memory
