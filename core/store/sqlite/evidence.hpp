// Evidence over SQLite.
#pragma once
#include "store/evidence_store.hpp"
#include "store/sqlite/database.hpp"

namespace messo::sqlite {

class SqliteEvidence final : public EvidenceStore {
 public:
  explicit SqliteEvidence(Database& database) : database_(database) {}
  Status keep(AttemptId attempt, const BlobId& bytes, std::uint64_t size, std::span<const Reference> references, Instant now) override;
  Status expect(AttemptId attempt, std::span<const Reference> references, Instant now) override;
  Result<std::vector<AsSent>> as_sent(DeliveryId delivery) override;
  Result<LateAcceptances> late_acceptances(Instant before) override;

 private:
  Database& database_;
};

}  // namespace messo::sqlite
