// Evidence as it is read and chained: signed segments per organisation, so that a later change shows (docs/evidence.md). What keeps it:
// evidence_store.hpp (messages as sent) and receipt_store.hpp (receipts). Entries go with their notification, by its retention; erasing a
// person leaves them.
#pragma once
#include <span>
#include <vector>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "store/evidence_entry.hpp"

namespace messo {

class EvidenceChain {
 public:
  virtual ~EvidenceChain() = default;

  // All evidence of a notification, the oldest first: messages as sent, and receipts that were matched and have an original. At most
  // `limit`.
  virtual Result<std::vector<EvidenceEntry>> entries_of(NotificationId notification, std::size_t limit) = 0;

  // Organisations with entries in no segment yet. Cheap: costs what waits.
  virtual Result<std::vector<UnchainedEvidence>> unchained() = 0;
  // Theirs, the oldest first.
  virtual Result<std::vector<EvidenceEntry>> unchained_of(OrganisationId organisation, std::size_t limit) = 0;

  // The newest, without its leaves.
  virtual Result<std::optional<EvidenceSegment>> last_segment(OrganisationId organisation) = 0;
  // not_found "no_such_segment".
  virtual Result<EvidenceSegment> segment(OrganisationId organisation, std::uint64_t number) = 0;
  // Puts it at the end of its organisation's chain and `entries` into it, in one transaction of the background. conflict "chain_moved": it
  // does not follow the newest any more, or an entry has gone or is in another segment; nothing is stored then.
  virtual Status close_segment(const EvidenceSegment& segment, std::span<const EvidenceEntry> entries) = 0;

  // The seed of the key that signs segments, sealed under the master key: `fresh` is kept if there is none yet, and the kept one returned.
  // Errors: corrupt "cannot_unseal".
  virtual Result<Secret> signing_seed(const Secret& fresh) = 0;
};

}  // namespace messo
