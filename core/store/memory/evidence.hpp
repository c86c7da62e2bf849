// Evidence in memory.
#pragma once
#include "store/evidence_store.hpp"
#include "store/memory/state.hpp"

namespace messo::memory {

class MemoryEvidence final : public EvidenceStore {
 public:
  explicit MemoryEvidence(Shared& shared) : shared_(shared) {}
  Status keep(AttemptId attempt, const BlobId& bytes, std::uint64_t size, std::span<const Reference> references, Instant now) override;
  Status expect(AttemptId attempt, std::span<const Reference> references, Instant now) override;
  Result<std::vector<AsSent>> as_sent(DeliveryId delivery) override;
  Result<LateAcceptances> late_acceptances(Instant before) override;

 private:
  Shared& shared_;
};

}  // namespace messo::memory
