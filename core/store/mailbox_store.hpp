// Mailboxes and accounts that receipts are fetched from: who polls them, how far, what was seen, what could not be taken. The cursor moves
// in ReceiptStore::record, with the receipts.
#pragma once
#include "store/receipt_store.hpp"

namespace messo {

using QuarantineId = Id<struct QuarantineTag>;

struct MailboxPosition {
  std::string cursor;                // empty: never polled
  std::vector<std::string> again;    // items in trouble, to be handed out once more; oldest trouble first
  std::vector<std::string> unacked;  // durable, but the provider may not have been told
};
enum class ItemKnown : std::uint8_t { fresh, seen, quarantined };

// An item that could not be taken, as operators see it.
struct QuarantinedItem {
  QuarantineId id;
  ProviderId provider;
  std::string mailbox, item;
  std::uint32_t tries = 0;
  std::string code, problem;  // of the last try
  std::optional<BlobId> raw;  // a blob of the provider's own id
  std::uint64_t size = 0;
  Instant first_at{}, last_at{};
};

class MailboxStore {
 public:
  virtual ~MailboxStore() = default;

  // Takes the mailbox for `worker`, or prolongs, until `term` from now. False: another node has it. What an earlier run of the same node
  // held is taken over at once: that process is dead.
  virtual Result<bool> lease(const Worker& worker, ProviderId provider, std::string_view mailbox, Millis term, Instant now) = 0;
  // Gives it back, if it is still held.
  virtual Status release(const Worker& worker, ProviderId provider, std::string_view mailbox) = 0;
  // At most `limit` of each list.
  virtual Result<MailboxPosition> position(ProviderId provider, std::string_view mailbox, std::size_t limit) = 0;
  virtual Result<std::vector<ItemKnown>> known(ProviderId provider, std::string_view mailbox, std::span<const std::string> items) = 0;
  // The provider was told that these are durable.
  virtual Status acked(ProviderId provider, std::string_view mailbox, std::span<const std::string> items) = 0;

  // Items that wait for an operator, the newest first.
  virtual Result<std::vector<QuarantinedItem>> quarantine(std::optional<ProviderId> provider, std::size_t limit) = 0;
  // The errors of these: not_found "no_such_item".
  virtual Result<QuarantinedItem> quarantined(QuarantineId id) = 0;
  // Fetched again at the next poll, with all its tries.
  virtual Status retry(QuarantineId id) = 0;
  // Counts as seen: the provider's copy is acknowledged at the next poll, ours is collected.
  virtual Status drop(QuarantineId id, Instant now) = 0;
};

}  // namespace messo
