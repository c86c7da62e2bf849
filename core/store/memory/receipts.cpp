#include "store/memory/parts.hpp"

namespace messo::memory {

Result<std::vector<ReceiptRecorded>> MemoryReceipts::record(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll,
                                                            std::span<const Verification> settling, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  std::vector<ReceiptRecorded> out;
  for (const Receipt& receipt : receipts) {
    ReceiptRecorded recorded;
    if (const auto known = state.dedupe.find({provider, receipt.dedupe_key}); known != state.dedupe.end()) {
      const ReceiptRow& row = state.receipts.at(known->second);
      out.push_back({row.id, true, row.delivery, false});
      continue;
    }
    recorded.id = ReceiptId::make(now);
    ReceiptRow& row = state.receipts[recorded.id];
    row = {recorded.id, provider, receipt, now, decisions::settles(receipt.verification, settling), {}};
    state.dedupe[{provider, receipt.dedupe_key}] = recorded.id;
    for (const Reference& r : receipt.references) {
      const auto ref = state.refs.find({provider, r.kind, r.value});
      if (ref == state.refs.end()) continue;
      row.delivery = ref->second.delivery;
      recorded.delivery = row.delivery;
      recorded.changed = apply_receipt(state, row, ref->second, now);
      break;
    }
    out.push_back(recorded);
  }
  if (poll) {
    auto& [cursor, seen] = state.mailboxes[{provider, poll->mailbox}];
    cursor = poll->cursor;
    seen.insert(poll->seen.begin(), poll->seen.end());
  }
  ++state.writes;
  return out;
}

Result<std::vector<UnmatchedReceipt>> MemoryReceipts::unmatched(std::optional<ProviderId> provider, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<UnmatchedReceipt> out;
  for (const auto& [id, row] : shared_.state.receipts) {
    if (out.size() == limit) break;
    if (!row.delivery && (!provider || *provider == row.provider)) out.push_back({id, row.provider, row.receipt, row.received_at});
  }
  return out;
}

Result<std::string> MemoryReceipts::poll_cursor(ProviderId provider, std::string_view mailbox) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = shared_.state.mailboxes.find({provider, std::string(mailbox)});
  return at == shared_.state.mailboxes.end() ? std::string() : at->second.first;
}

Result<bool> MemoryReceipts::poll_seen(ProviderId provider, std::string_view mailbox, std::string_view id) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = shared_.state.mailboxes.find({provider, std::string(mailbox)});
  return at != shared_.state.mailboxes.end() && at->second.second.contains(std::string(id));
}

}  // namespace messo::memory
