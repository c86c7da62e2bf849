#include "store/memory/doubts.hpp"

#include <algorithm>

namespace messo::memory {
namespace {

Doubt doubt_of(const State& state, DeliveryId id, const decisions::DoubtRow& row) {
  const DeliveryRow& delivery = state.deliveries.at(id);
  Doubt out;
  out.delivery = id;
  out.notification = delivery.notification;
  out.attempt = row.attempt;
  out.organisation = delivery.organisation;
  out.service = delivery.service;
  out.provider = row.provider;
  out.channel = delivery.channel;
  out.kind = state.notifications.at(delivery.notification).summary.kind;
  out.since = row.since;
  out.expires_at = delivery.expires_at;
  out.code = state.attempts.at(row.attempt).view.code;
  out.crashes = delivery.crashes;
  out.asks = row.asks;
  out.asked_at = row.asked_at;
  out.ask_at = row.ask_at;
  out.held = row.held;
  return out;
}

bool fits(const DoubtQuery& q, const Doubt& doubt) {
  return (!q.organisation || *q.organisation == doubt.organisation) && (!q.provider || *q.provider == doubt.provider) &&
         (!q.since_before || doubt.since < *q.since_before) &&
         (!q.after || std::tie(doubt.since, doubt.delivery) > std::tie(q.after->since, q.after->delivery));
}

// The delivery the decision is about, if it may be carried out.
Result<DeliveryRow*> decidable(State& state, const DoubtDecision& decision) {
  const auto found = state.deliveries.find(decision.delivery);
  if (found == state.deliveries.end()) return fail(decisions::no_such_doubt());
  DeliveryRow& row = found->second;
  const std::optional<AttemptId> newest = row.attempts.empty() ? std::nullopt : std::optional(row.attempts.back());
  if (Status fine = decisions::check(decision, row.organisation, row.state, newest); !fine) return fail(std::move(fine.error()));
  return &row;
}

NotificationStatus decided(State& state, DeliveryRow& row, Change change, EventKind kind, std::string data, Instant now) {
  const AttemptId attempt = row.attempts.back();
  move(state, row, *messo::apply(row.state, change), now);
  if (row.state.phase == Phase::due) set_due(state, row, now);
  NotificationRow& owner = state.notifications.at(row.notification);
  append(state, owner, kind, row.id, attempt, now, std::move(data));
  return owner.summary.status;
}

}  // namespace

Result<DoubtPage> MemoryDoubts::list(const DoubtQuery& query) {
  const std::scoped_lock hold(shared_.mutex);
  DoubtPage page;
  for (const auto& [id, row] : shared_.state.doubts) {
    Doubt doubt = doubt_of(shared_.state, id, row);
    if (fits(query, doubt)) page.items.push_back(std::move(doubt));
  }
  std::ranges::sort(page.items, {}, [](const Doubt& d) { return std::tie(d.since, d.delivery); });
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, 500);
  page.more = page.items.size() > limit;
  if (page.more) page.items.resize(limit);
  return page;
}

Result<Doubt> MemoryDoubts::find(const Uuid& id, std::optional<OrganisationId> organisation) {
  const std::scoped_lock hold(shared_.mutex);
  for (const auto& [delivery, row] : shared_.state.doubts) {
    const DeliveryRow& owner = shared_.state.deliveries.at(delivery);
    if (delivery.value != id && owner.notification.value != id) continue;
    if (organisation && owner.organisation != *organisation) break;
    return doubt_of(shared_.state, delivery, row);
  }
  return fail(decisions::no_such_doubt());
}

Result<std::vector<DoubtFigures>> MemoryDoubts::figures() {
  const std::scoped_lock hold(shared_.mutex);
  std::map<ProviderId, DoubtFigures> sums;
  for (const auto& [id, row] : shared_.state.doubts) {
    DoubtFigures& sum = sums.try_emplace(row.provider, DoubtFigures{row.provider, 0, 0, row.since}).first->second;
    ++sum.count;
    sum.held += row.held != Held::no ? 1U : 0U;
    sum.oldest = std::min(sum.oldest, row.since);
  }
  std::vector<DoubtFigures> out;
  out.reserve(sums.size());
  for (const auto& [id, sum] : sums) out.push_back(sum);
  return out;
}

Result<std::vector<DoubtQuestion>> MemoryDoubts::questions(ProviderId provider, bool by_itself, Instant now, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<std::pair<Instant, DoubtQuestion>> due;
  for (const auto& [id, row] : shared_.state.doubts) {
    if (row.provider != provider || !row.ask_at || *row.ask_at > now || !(by_itself || row.requested)) continue;
    DoubtQuestion question{id, row.attempt, row.since, row.asks, row.requested, {}};
    for (const auto& [key, ref] : shared_.state.refs) {
      if (ref.attempt == row.attempt && std::get<ProviderId>(key) == provider)
        question.references.push_back({std::get<1>(key), std::get<2>(key), ref.part});
    }
    std::ranges::sort(question.references, {}, [](const Reference& r) { return std::tie(r.part, r.kind, r.value); });
    due.emplace_back(*row.ask_at, std::move(question));
  }
  std::ranges::stable_sort(due, {}, &std::pair<Instant, DoubtQuestion>::first);
  std::vector<DoubtQuestion> out;
  for (auto& [at, question] : due) {
    if (out.size() < limit) out.push_back(std::move(question));
  }
  return out;
}

Result<std::vector<bool>> MemoryDoubts::proceed(std::span<const DoubtStep> steps, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  std::vector<bool> out;
  for (const DoubtStep& step : steps) {
    const auto found = state.doubts.find(step.delivery);
    const bool still = found != state.doubts.end() && found->second.attempt == step.attempt;
    out.push_back(still);
    if (!still || !decisions::proceed(found->second, step, now)) continue;
    const EventKind kind = step.held == Held::no ? EventKind::asked : EventKind::held;
    append(state, state.notifications.at(state.deliveries.at(step.delivery).notification), kind, step.delivery, step.attempt, now,
           decisions::step_data(found->second));
  }
  return out;
}

Status MemoryDoubts::ask(const DoubtDecision& decision, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  const auto row = decidable(state, decision);
  if (!row) return fail(row.error());
  decisions::request(state.doubts.at(decision.delivery), now);
  append(state, state.notifications.at((*row)->notification), EventKind::asked, decision.delivery, (*row)->attempts.back(), now,
         decisions::decision_data(decision, {}));
  return {};
}

Result<NotificationStatus> MemoryDoubts::resend(const DoubtDecision& decision, std::optional<Instant> expires_at, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  const auto row = decidable(shared_.state, decision);
  if (!row) return fail(row.error());
  if (expires_at.value_or((*row)->expires_at) <= now) return fail(decisions::expired_in_doubt());
  if (expires_at) (*row)->expires_at = *expires_at;
  return decided(shared_.state, **row, Change::retry, EventKind::resent, decisions::decision_data(decision, {}), now);
}

Result<NotificationStatus> MemoryDoubts::close(const DoubtDecision& decision, DeliveryResult result, Instant now) {
  const auto change = decisions::change_of(result);
  if (!change) return fail(decisions::not_an_operators_result());
  const std::scoped_lock hold(shared_.mutex);
  const auto row = decidable(shared_.state, decision);
  if (!row) return fail(row.error());
  return decided(shared_.state, **row, *change, EventKind::settled, decisions::decision_data(decision, result), now);
}

Result<std::vector<Suspect>> MemoryDoubts::suspects(std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<Suspect> out;
  for (const auto& [pool, priority, organisation, service, due_at, id] : shared_.state.work) {
    const DeliveryRow& row = shared_.state.deliveries.at(id);
    if (row.crashes < decisions::kSuspectAfter || row.state.phase != Phase::due) continue;
    out.push_back({{pool, priority, organisation, service}, {id, row.batch, due_at, row.expires_at}});
  }
  std::ranges::sort(out, {}, [](const Suspect& s) { return s.row.delivery; });
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace messo::memory
