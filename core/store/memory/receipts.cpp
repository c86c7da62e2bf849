#include <algorithm>

#include "store/memory/parts.hpp"

namespace messo::memory {
namespace {

RefRow* find_ref(State& state, ProviderId provider, const Receipt& receipt) {
  for (const Reference& r : receipt.references) {
    if (const auto ref = state.refs.find({provider, r.kind, r.value}); ref != state.refs.end()) return &ref->second;
  }
  return nullptr;
}

void end_trouble(State& state, ProviderId provider, const std::string& mailbox, const std::string& item) {
  std::erase_if(state.troubled, [&](const auto& entry) {
    const QuarantinedItem& is = entry.second.item;
    return is.provider == provider && is.mailbox == mailbox && is.item == item;
  });
}

void add_trouble(State& state, ProviderId provider, const PollState& poll, const PollTrouble& trouble, Instant now) {
  auto at = std::ranges::find_if(state.troubled, [&](const auto& entry) {
    const QuarantinedItem& is = entry.second.item;
    return is.provider == provider && is.mailbox == poll.mailbox && is.item == trouble.item;
  });
  if (at == state.troubled.end()) {
    const auto id = QuarantineId::make(now);
    at = state.troubled.insert({id, {}}).first;
    at->second.item.id = id;
    at->second.item.provider = provider;
    at->second.item.mailbox = poll.mailbox;
    at->second.item.item = trouble.item;
    at->second.item.first_at = now;
  }
  auto& [item, waits] = at->second;
  if (waits) return;
  ++item.tries;
  item.code = trouble.code;
  item.problem = trouble.problem;
  item.last_at = now;
  if (trouble.raw) {
    item.raw = trouble.raw;
    item.size = trouble.size;
  }
  waits = decisions::poisonous(item.tries, poll.quarantine_after);
}

StoredReceipt stored(const State& state, const ReceiptRow& row) {
  StoredReceipt out{row.id, row.provider, row.receipt, row.received_at, row.settles, row.delivery, {}};
  if (!row.delivery) return out;
  out.receipt.references.clear();
  out.receipt.learned.clear();
  if (const auto owner = state.deliveries.find(*row.delivery); owner != state.deliveries.end())
    out.notification = owner->second.notification;
  return out;
}

}  // namespace

Result<std::vector<ReceiptRecorded>> MemoryReceipts::record(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll,
                                                            std::span<const Verification> settling, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  if (poll && poll->lease && state.mailboxes[{provider, poll->mailbox}].boot != poll->lease->boot) return fail(decisions::mailbox_lost());
  std::vector<ReceiptRecorded> out;
  for (const Receipt& receipt : receipts) {
    ReceiptRecorded recorded;
    if (const auto known = state.dedupe.find({provider, receipt.dedupe_key}); known != state.dedupe.end()) {
      const ReceiptRow& row = state.receipts.at(known->second);
      out.push_back({row.id, true, row.delivery, false, {}});
      continue;
    }
    recorded.id = ReceiptId::make(now);
    ReceiptRow& row = state.receipts[recorded.id];
    row = {recorded.id, provider, receipt, now, decisions::settles(receipt.verification, settling), {}};
    row.receipt.raw_bytes.clear();
    state.dedupe[{provider, receipt.dedupe_key}] = recorded.id;
    if (RefRow* ref = find_ref(state, provider, receipt)) {
      row.delivery = ref->delivery;
      row.attempt = ref->attempt;
      recorded.delivery = row.delivery;
      recorded.attempt = row.attempt;
      recorded.changed = apply_receipt(state, row, *ref, now);
    }
    out.push_back(recorded);
  }
  if (poll) {
    MailboxRow& row = state.mailboxes[{provider, poll->mailbox}];
    row.cursor = poll->cursor;
    for (const std::string& item : poll->seen) {
      row.seen.try_emplace(item, false);
      end_trouble(state, provider, poll->mailbox, item);
    }
    for (const PollTrouble& trouble : poll->troubled) add_trouble(state, provider, *poll, trouble, now);
  }
  ++state.writes;
  return out;
}

Result<std::vector<std::optional<OrganisationId>>> MemoryReceipts::owners(ProviderId provider, std::span<const Receipt> receipts) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<std::optional<OrganisationId>> out;
  for (const Receipt& receipt : receipts) {
    const RefRow* ref = find_ref(shared_.state, provider, receipt);
    out.push_back(ref ? std::optional(shared_.state.deliveries.at(ref->delivery).organisation) : std::nullopt);
  }
  return out;
}

Result<StoredReceipt> MemoryReceipts::read(ReceiptId id) {
  const std::scoped_lock hold(shared_.mutex);
  const auto row = shared_.state.receipts.find(id);
  if (row == shared_.state.receipts.end()) return fail(decisions::no_such_receipt());
  return stored(shared_.state, row->second);
}

Result<std::vector<StoredReceipt>> MemoryReceipts::list(const ReceiptQuery& query) {
  const std::scoped_lock hold(shared_.mutex);
  const State& state = shared_.state;
  std::vector<StoredReceipt> out;
  for (auto at = state.receipts.rbegin(); at != state.receipts.rend() && out.size() < query.limit; ++at) {
    const ReceiptRow& row = at->second;
    if ((query.unmatched && row.delivery) || (query.provider && *query.provider != row.provider) ||
        (query.before && !(row.id < *query.before)))
      continue;
    out.push_back(stored(state, row));
  }
  return out;
}

Result<ReceiptFigures> MemoryReceipts::figures(Instant old_before) {
  const std::scoped_lock hold(shared_.mutex);
  ReceiptFigures out;
  for (const auto& [id, row] : shared_.state.receipts) {
    if (row.delivery) continue;
    if (out.unmatched < ReceiptFigures::kMostCounted) ++out.unmatched;
    if (row.received_at < old_before && out.unmatched_old < ReceiptFigures::kMostCounted) ++out.unmatched_old;
    if (!out.oldest_unmatched || row.received_at < *out.oldest_unmatched) out.oldest_unmatched = row.received_at;
  }
  for (const auto& [id, row] : shared_.state.troubled) out.quarantined += row.waits ? 1U : 0U;
  return out;
}

Result<std::vector<MisplacedOriginal>> MemoryReceipts::misplaced(std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  const State& state = shared_.state;
  std::vector<MisplacedOriginal> out;
  for (const auto& [id, row] : state.receipts) {
    if (out.size() == limit) break;
    if (!row.delivery || !row.receipt.raw || row.receipt.raw_owner.is_nil()) continue;
    const auto delivery = state.deliveries.find(*row.delivery);
    if (delivery == state.deliveries.end() || delivery->second.organisation == row.receipt.raw_owner) continue;
    out.push_back({id, *row.receipt.raw, row.receipt.raw_owner, delivery->second.organisation});
  }
  return out;
}

Status MemoryReceipts::placed(std::span<const MisplacedOriginal> originals) {
  const std::scoped_lock hold(shared_.mutex);
  for (const MisplacedOriginal& one : originals) {
    const auto row = shared_.state.receipts.find(one.receipt);
    if (row != shared_.state.receipts.end()) row->second.receipt.raw_owner = one.to;
  }
  return {};
}

}  // namespace messo::memory
