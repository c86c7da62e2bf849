// Messages as they were handed over, kept for channels whose deliveries have to be proved (DESIGN §3 "Attempt", §4 "Blobs").
#pragma once
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "model/outcome.hpp"

namespace messo {

// One attempt's message, byte for byte a blob of the organisation. Pruned with its notification (Retention::legal or ::ledger), its blob
// then collected.
struct AsSent {
  AttemptId attempt;
  DeliveryId delivery;
  OrganisationId organisation;
  BlobId bytes;
  std::uint64_t size = 0;
  Instant at{};
};

// Certified mail handed over whose provider has not said that it accepted it.
struct LateAcceptances {
  std::uint64_t count = 0;  // counted up to kMostCounted
  std::optional<Instant> oldest;
  static constexpr std::uint64_t kMostCounted = 1000;
};

class EvidenceStore {
 public:
  virtual ~EvidenceStore() = default;

  // The message of an attempt in hand, put among its organisation's blobs before, and the references by which receipts will name it: both
  // durable on return, so that a receipt matches even if no outcome ever comes. Receipts that wait for one of them are applied. The same
  // again does no harm. Errors: not_found "attempt_not_found" (also: not handed over, or ended), conflict "kept_otherwise" (other bytes).
  virtual Status keep(AttemptId attempt, const BlobId& bytes, std::uint64_t size, std::span<const Reference> references, Instant now) = 0;
  // The references alone, of an attempt in hand on a channel that keeps no messages: durable on return, and receipts that wait for one of
  // them are applied. May be repeated. Errors: not_found "attempt_not_found" (also: not handed over, or ended).
  virtual Status expect(AttemptId attempt, std::span<const Reference> references, Instant now) = 0;
  // Of all attempts of a delivery, the oldest first.
  virtual Result<std::vector<AsSent>> as_sent(DeliveryId delivery) = 0;

  // Of channel pec: kept before `before`, still out, and without milestone `accepted`. Cheap: each is looked at until it is settled and
  // never again; those that are not late any more are marked so in the background.
  virtual Result<LateAcceptances> late_acceptances(Instant before) = 0;
};

}  // namespace messo
