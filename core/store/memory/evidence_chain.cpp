#include "store/memory/evidence_chain.hpp"

#include <algorithm>

namespace messo::memory {
namespace {

std::optional<std::uint64_t> segment_of(const State& state, const Uuid& entry) {
  const auto at = state.chained.find(entry);
  return at == state.chained.end() ? std::nullopt : std::optional(at->second);
}

EvidenceEntry sent_entry(const State& state, const AsSent& row) {
  EvidenceEntry out;
  out.kind = EvidenceKind::as_sent;
  out.id = row.attempt.value;
  out.organisation = out.blob_owner = row.organisation;
  out.delivery = row.delivery;
  out.attempt = row.attempt;
  out.provider = state.attempts.at(row.attempt).view.provider;
  out.original = row.bytes;
  out.size = row.size;
  out.at = row.at;
  out.segment = segment_of(state, out.id);
  return out;
}

EvidenceEntry receipt_entry(const State& state, const ReceiptRow& row) {
  EvidenceEntry out;
  out.kind = EvidenceKind::receipt;
  out.id = row.id.value;
  out.delivery = *row.delivery;
  out.organisation = state.deliveries.at(*row.delivery).organisation;
  out.attempt = row.attempt;
  out.provider = row.provider;
  out.original = *row.receipt.raw;
  out.blob_owner = row.receipt.raw_owner.is_nil() ? out.organisation : row.receipt.raw_owner;
  out.at = row.received_at;
  out.happened_at = row.receipt.at;
  out.says = row.receipt.kind;
  out.milestone = row.receipt.milestone;
  out.verification = row.receipt.verification;
  out.code = row.receipt.code;
  out.settles = row.settles;
  out.public_text = row.receipt.public_text;
  out.segment = segment_of(state, out.id);
  return out;
}

template <class F>
std::vector<EvidenceEntry> entries_where(const State& state, std::size_t limit, F&& wanted) {
  std::vector<EvidenceEntry> out;
  for (const auto& [id, row] : state.as_sent) out.push_back(sent_entry(state, row));
  for (const auto& [id, row] : state.receipts) {
    if (row.delivery && row.receipt.raw && state.deliveries.contains(*row.delivery)) out.push_back(receipt_entry(state, row));
  }
  std::erase_if(out, [&](const EvidenceEntry& e) { return !wanted(e); });
  std::ranges::sort(out, {}, [](const EvidenceEntry& e) { return std::tuple(e.at, e.kind, e.id); });
  if (out.size() > limit) out.resize(limit);
  return out;
}

}  // namespace

Result<std::vector<EvidenceEntry>> MemoryEvidenceChain::entries_of(NotificationId notification, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  const State& state = shared_.state;
  return entries_where(state, limit, [&](const EvidenceEntry& e) { return state.deliveries.at(e.delivery).notification == notification; });
}

Result<std::vector<UnchainedEvidence>> MemoryEvidenceChain::unchained() {
  const std::scoped_lock hold(shared_.mutex);
  std::map<OrganisationId, UnchainedEvidence> sums;
  for (const EvidenceEntry& e : entries_where(shared_.state, SIZE_MAX, [](const EvidenceEntry& one) { return !one.segment; })) {
    UnchainedEvidence& sum = sums.try_emplace(e.organisation, UnchainedEvidence{e.organisation, 0, e.at}).first->second;
    ++sum.count;
    sum.oldest = std::min(sum.oldest, e.at);
  }
  std::vector<UnchainedEvidence> out;
  for (const auto& [organisation, sum] : sums) out.push_back(sum);
  return out;
}

Result<std::vector<EvidenceEntry>> MemoryEvidenceChain::unchained_of(OrganisationId organisation, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  return entries_where(shared_.state, limit, [&](const EvidenceEntry& e) { return !e.segment && e.organisation == organisation; });
}

Result<std::optional<EvidenceSegment>> MemoryEvidenceChain::last_segment(OrganisationId organisation) {
  const std::scoped_lock hold(shared_.mutex);
  const auto& segments = shared_.state.segments;
  const auto after = segments.lower_bound({organisation, UINT64_MAX});
  if (after == segments.begin() || std::prev(after)->first.first != organisation) return std::optional<EvidenceSegment>{};
  EvidenceSegment out = std::prev(after)->second.segment;
  out.leaves.clear();
  return std::optional(std::move(out));
}

Result<EvidenceSegment> MemoryEvidenceChain::segment(OrganisationId organisation, std::uint64_t number) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = shared_.state.segments.find({organisation, number});
  if (at == shared_.state.segments.end()) return fail(decisions::no_such_segment());
  return at->second.segment;
}

Status MemoryEvidenceChain::close_segment(const EvidenceSegment& segment, std::span<const EvidenceEntry> entries) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  const bool follows = segment.number == 1 || state.segments.contains({segment.organisation, segment.number - 1});
  if (!follows || state.segments.contains({segment.organisation, segment.number})) return fail(decisions::chain_moved());
  for (const EvidenceEntry& e : entries) {
    const bool there = e.kind == EvidenceKind::as_sent ? state.as_sent.contains(e.attempt) : state.receipts.contains(ReceiptId{e.id});
    if (!there || state.chained.contains(e.id)) return fail(decisions::chain_moved());
  }
  state.segments[{segment.organisation, segment.number}] = {segment, entries.size()};
  for (const EvidenceEntry& e : entries) state.chained[e.id] = segment.number;
  ++state.writes;
  return {};
}

Result<Secret> MemoryEvidenceChain::signing_seed(const Secret& fresh) {
  const std::scoped_lock hold(shared_.mutex);
  Secret& kept = shared_.state.signing_seed;
  if (kept.empty()) kept = fresh;
  return kept;
}

void leave_segment(State& state, OrganisationId organisation, const Uuid& entry) {
  const auto at = state.chained.find(entry);
  if (at == state.chained.end()) return;
  SegmentRow& row = state.segments.at({organisation, at->second});
  if (--row.kept == 0) row.segment.leaves.clear();
  state.chained.erase(at);
}

}  // namespace messo::memory
