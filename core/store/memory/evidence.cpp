#include "store/memory/evidence.hpp"

#include <algorithm>

namespace messo::memory {
namespace {

// Null: not handed over, or ended.
const AttemptRow* find_handed_over(const State& state, AttemptId attempt) {
  const auto found = state.attempts.find(attempt);
  if (found == state.attempts.end() || !found->second.open) return nullptr;
  return state.deliveries.at(found->second.delivery).state.phase == Phase::handed_over ? &found->second : nullptr;
}

}  // namespace

Status MemoryEvidence::keep(AttemptId attempt, const BlobId& bytes, std::uint64_t size, std::span<const Reference> references,
                            Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  const AttemptRow* out = find_handed_over(state, attempt);
  if (out == nullptr) return fail(decisions::no_such_attempt());
  if (const auto kept = state.as_sent.find(attempt); kept != state.as_sent.end()) {
    return kept->second.bytes == bytes ? Status{} : Status(fail(decisions::kept_otherwise()));
  }
  const DeliveryRow& row = state.deliveries.at(out->delivery);
  state.as_sent[attempt] = {attempt, row.id, row.organisation, bytes, size, now};
  add_references(state, *out, references, now);
  ++state.writes;
  return {};
}

Status MemoryEvidence::expect(AttemptId attempt, std::span<const Reference> references, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  const AttemptRow* out = find_handed_over(state, attempt);
  if (out == nullptr) return fail(decisions::no_such_attempt());
  add_references(state, *out, references, now);
  ++state.writes;
  return {};
}

Result<std::vector<AsSent>> MemoryEvidence::as_sent(DeliveryId delivery) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<AsSent> out;
  const auto row = shared_.state.deliveries.find(delivery);
  if (row == shared_.state.deliveries.end()) return out;
  for (const AttemptId& attempt : row->second.attempts) {
    if (const auto kept = shared_.state.as_sent.find(attempt); kept != shared_.state.as_sent.end()) out.push_back(kept->second);
  }
  return out;
}

Result<LateAcceptances> MemoryEvidence::late_acceptances(Instant before) {
  const std::scoped_lock hold(shared_.mutex);
  LateAcceptances out;
  for (const auto& [attempt, kept] : shared_.state.as_sent) {
    const DeliveryRow& row = shared_.state.deliveries.at(kept.delivery);
    if (row.channel != Channel::pec || kept.at >= before || row.attempts.back() != attempt) continue;
    if (!decisions::acceptance_is_due(row.state.phase, row.milestones) || out.count == LateAcceptances::kMostCounted) continue;
    ++out.count;
    out.oldest = std::min(out.oldest.value_or(kept.at), kept.at);
  }
  return out;
}

}  // namespace messo::memory
