// The evidence chain over SQLite.
#pragma once
#include "store/evidence_chain.hpp"
#include "store/sqlite/database.hpp"

namespace messo::sqlite {

class SqliteEvidenceChain final : public EvidenceChain {
 public:
  explicit SqliteEvidenceChain(Database& database) : database_(database) {}
  Result<std::vector<EvidenceEntry>> entries_of(NotificationId notification, std::size_t limit) override;
  Result<std::vector<UnchainedEvidence>> unchained() override;
  Result<std::vector<EvidenceEntry>> unchained_of(OrganisationId organisation, std::size_t limit) override;
  Result<std::optional<EvidenceSegment>> last_segment(OrganisationId organisation) override;
  Result<EvidenceSegment> segment(OrganisationId organisation, std::uint64_t number) override;
  Status close_segment(const EvidenceSegment& segment, std::span<const EvidenceEntry> entries) override;
  Result<Secret> signing_seed(const Secret& fresh) override;

 private:
  Database& database_;
};

}  // namespace messo::sqlite
