#include <algorithm>

#include "store/memory/parts.hpp"

namespace messo::memory {

Result<bool> MemoryMailboxes::lease(const Worker& worker, ProviderId provider, std::string_view mailbox, Millis term, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  MailboxRow& row = shared_.state.mailboxes[{provider, std::string(mailbox)}];
  const std::optional<BootId> boot = row.boot.is_nil() ? std::nullopt : std::optional(row.boot);
  if (!decisions::may_poll(worker, row.node, boot, row.leased_until, now)) return false;
  row.node = worker.node;
  row.boot = worker.boot;
  row.leased_until = now + term;
  return true;
}

Status MemoryMailboxes::release(const Worker& worker, ProviderId provider, std::string_view mailbox) {
  const std::scoped_lock hold(shared_.mutex);
  MailboxRow& row = shared_.state.mailboxes[{provider, std::string(mailbox)}];
  if (row.boot == worker.boot) row.boot = {}, row.leased_until = {};
  return {};
}

Result<MailboxPosition> MemoryMailboxes::position(ProviderId provider, std::string_view mailbox, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  MailboxPosition out;
  const auto at = shared_.state.mailboxes.find({provider, std::string(mailbox)});
  if (at == shared_.state.mailboxes.end()) return out;
  out.cursor = at->second.cursor;
  for (const auto& [item, acked] : at->second.seen) {
    if (!acked && out.unacked.size() < limit) out.unacked.push_back(item);
  }
  for (const auto& [id, row] : shared_.state.troubled) {
    if (row.item.provider == provider && row.item.mailbox == mailbox && !row.waits && out.again.size() < limit)
      out.again.push_back(row.item.item);
  }
  return out;
}

Result<std::vector<ItemKnown>> MemoryMailboxes::known(ProviderId provider, std::string_view mailbox, std::span<const std::string> items) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = shared_.state.mailboxes.find({provider, std::string(mailbox)});
  std::vector<ItemKnown> out;
  for (const std::string& item : items) {
    const bool seen = at != shared_.state.mailboxes.end() && at->second.seen.contains(item);
    const bool waits = std::ranges::any_of(shared_.state.troubled, [&](const auto& entry) {
      const TroubledRow& row = entry.second;
      return row.waits && row.item.provider == provider && row.item.mailbox == mailbox && row.item.item == item;
    });
    out.push_back(seen ? ItemKnown::seen : waits ? ItemKnown::quarantined : ItemKnown::fresh);
  }
  return out;
}

Status MemoryMailboxes::acked(ProviderId provider, std::string_view mailbox, std::span<const std::string> items) {
  const std::scoped_lock hold(shared_.mutex);
  MailboxRow& row = shared_.state.mailboxes[{provider, std::string(mailbox)}];
  for (const std::string& item : items) {
    if (const auto at = row.seen.find(item); at != row.seen.end()) at->second = true;
  }
  return {};
}

Result<std::vector<QuarantinedItem>> MemoryMailboxes::quarantine(std::optional<ProviderId> provider, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<QuarantinedItem> out;
  for (const auto& [id, row] : shared_.state.troubled) {
    if (row.waits && (!provider || *provider == row.item.provider)) out.push_back(row.item);
  }
  std::ranges::sort(out, std::greater<>(), [](const QuarantinedItem& i) { return std::pair(i.last_at, i.id); });
  if (out.size() > limit) out.resize(limit);
  return out;
}

Result<QuarantinedItem> MemoryMailboxes::quarantined(QuarantineId id) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = shared_.state.troubled.find(id);
  if (at == shared_.state.troubled.end() || !at->second.waits) return fail(decisions::no_such_item());
  return at->second.item;
}

Status MemoryMailboxes::retry(QuarantineId id) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = shared_.state.troubled.find(id);
  if (at == shared_.state.troubled.end() || !at->second.waits) return fail(decisions::no_such_item());
  at->second.waits = false;
  at->second.item.tries = 0;
  return {};
}

Status MemoryMailboxes::drop(QuarantineId id, Instant) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  const auto at = state.troubled.find(id);
  if (at == state.troubled.end() || !at->second.waits) return fail(decisions::no_such_item());
  state.mailboxes[{at->second.item.provider, at->second.item.mailbox}].seen.try_emplace(at->second.item.item, false);
  state.troubled.erase(at);
  return {};
}

}  // namespace messo::memory
