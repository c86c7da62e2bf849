// Doubts over SQLite.
#pragma once
#include "store/doubts.hpp"
#include "store/sqlite/database.hpp"

namespace messo::sqlite {

class SqliteDoubts final : public Doubts {
 public:
  explicit SqliteDoubts(Database& database) : database_(database) {}
  Result<DoubtPage> list(const DoubtQuery& query) override;
  Result<Doubt> find(const Uuid& id, std::optional<OrganisationId> organisation) override;
  Result<std::vector<DoubtFigures>> figures() override;
  Result<std::vector<DoubtQuestion>> questions(ProviderId provider, bool by_itself, Instant now, std::size_t limit) override;
  Result<std::vector<bool>> proceed(std::span<const DoubtStep> steps, Instant now) override;
  Status ask(const DoubtDecision& decision, Instant now) override;
  Result<NotificationStatus> resend(const DoubtDecision& decision, std::optional<Instant> expires_at, Instant now) override;
  Result<NotificationStatus> close(const DoubtDecision& decision, DeliveryResult result, Instant now) override;
  Result<std::vector<Suspect>> suspects(std::size_t limit) override;

 private:
  Database& database_;
};

}  // namespace messo::sqlite
