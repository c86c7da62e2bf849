// The evidence chain in memory.
#pragma once
#include "store/evidence_chain.hpp"
#include "store/memory/state.hpp"

namespace messo::memory {

class MemoryEvidenceChain final : public EvidenceChain {
 public:
  explicit MemoryEvidenceChain(Shared& shared) : shared_(shared) {}
  Result<std::vector<EvidenceEntry>> entries_of(NotificationId notification, std::size_t limit) override;
  Result<std::vector<UnchainedEvidence>> unchained() override;
  Result<std::vector<EvidenceEntry>> unchained_of(OrganisationId organisation, std::size_t limit) override;
  Result<std::optional<EvidenceSegment>> last_segment(OrganisationId organisation) override;
  Result<EvidenceSegment> segment(OrganisationId organisation, std::uint64_t number) override;
  Status close_segment(const EvidenceSegment& segment, std::span<const EvidenceEntry> entries) override;
  Result<Secret> signing_seed(const Secret& fresh) override;

 private:
  Shared& shared_;
};

// An entry leaves with its notification: the leaves of its segment follow the last of them, the signed root stays.
void leave_segment(State& state, OrganisationId organisation, const Uuid& entry);

}  // namespace messo::memory
