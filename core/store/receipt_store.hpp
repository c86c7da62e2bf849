// Receipts and the references they are matched by (DESIGN §4 "References"). Mailboxes they are fetched from: mailbox_store.hpp.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/outcome.hpp"
#include "store/work_queue.hpp"

namespace messo {

// An item of a mailbox that could not be taken.
struct PollTrouble {
  std::string item;           // its id in the mailbox
  std::string code, problem;  // why; for operators
  std::optional<BlobId> raw;  // the item byte for byte, a blob of the provider's own id
  std::uint64_t size = 0;     // bytes of it
};

// Cursor and remembered ids of one mailbox or account; committed with the receipts it produced.
struct PollState {
  std::string mailbox;
  std::string cursor;
  std::vector<std::string> seen;           // newly seen ids, added to the set; their trouble is over
  std::vector<PollTrouble> troubled = {};  // each counts one try; at `quarantine_after` the item goes into quarantine
  std::uint32_t quarantine_after = 3;
  std::optional<Worker> lease = std::nullopt;  // must still hold the mailbox, or nothing is recorded: conflict "mailbox_lost"
};

struct ReceiptRecorded {
  ReceiptId id;
  bool duplicate = false;              // this (provider, dedupe key) was there already
  std::optional<DeliveryId> delivery;  // matched now; empty: kept until a reference appears
  bool changed = false;                // it moved the delivery's state
  std::optional<AttemptId> attempt{};  // with the delivery
};

// A receipt as it is kept. References, and what it teaches, are there only while it waits.
struct StoredReceipt {
  ReceiptId id;
  ProviderId provider;
  Receipt receipt;
  Instant received_at{};
  bool settles = false;  // its verification was one of those that change states
  std::optional<DeliveryId> delivery;
  std::optional<NotificationId> notification;
};
struct ReceiptQuery {
  bool unmatched = false;              // only those without a delivery
  std::optional<ProviderId> provider;  // only its
  std::optional<ReceiptId> before;     // older than this one: the next page
  std::size_t limit = 100;
};

// Cheap to ask for.
struct ReceiptFigures {
  std::uint64_t unmatched = 0;      // counted up to kMostCounted
  std::uint64_t unmatched_old = 0;  // of these, received before the instant asked for
  std::optional<Instant> oldest_unmatched;
  std::uint64_t quarantined = 0;  // items that wait for an operator
  static constexpr std::uint64_t kMostCounted = 100'000;
};

// An original that lies with its provider, though the receipt belongs to an organisation now.
struct MisplacedOriginal {
  ReceiptId receipt;
  BlobId raw;
  OrganisationId from, to;
};

class ReceiptStore {
 public:
  virtual ~ReceiptStore() = default;

  // Stores receipts and applies those whose reference is known, within the provider only; the others stay and are matched in the
  // transaction that writes their reference. Only `settling` verifications (by default VALID) change states, and only theirs is learned
  // from: `learned` become references of the attempt they are matched with, unless they are another delivery's. All are kept and shown in
  // the timeline. `raw_bytes` are not looked at: `raw` and `raw_owner` name what was put among the blobs before.
  virtual Result<std::vector<ReceiptRecorded>> record(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll,
                                                      std::span<const Verification> settling, Instant now) = 0;
  // The organisation of the delivery each would be matched with now, if any.
  virtual Result<std::vector<std::optional<OrganisationId>>> owners(ProviderId provider, std::span<const Receipt> receipts) = 0;
  // not_found "no_such_receipt".
  virtual Result<StoredReceipt> read(ReceiptId id) = 0;
  // The newest first.
  virtual Result<std::vector<StoredReceipt>> list(const ReceiptQuery& query) = 0;
  virtual Result<ReceiptFigures> figures(Instant old_before) = 0;

  // Originals to be copied to their organisation's blobs, and that this was done: the old copy may be collected then.
  virtual Result<std::vector<MisplacedOriginal>> misplaced(std::size_t limit) = 0;
  virtual Status placed(std::span<const MisplacedOriginal> originals) = 0;
};

}  // namespace messo
