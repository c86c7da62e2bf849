// Suppressions in memory.
#pragma once
#include "store/memory/state.hpp"
#include "store/suppression_decisions.hpp"

namespace messo::memory {

class MemorySuppressions final : public Suppressions {
 public:
  explicit MemorySuppressions(Shared& shared) : shared_(shared) {}
  Result<SuppressionAdded> add(const Suppression& suppression, const SuppressionTrace& trace) override;
  Result<Suppression> remove(SuppressionId id, std::optional<OrganisationId> organisation, const SuppressionTrace& trace,
                             Instant now) override;
  Result<SuppressionPage> list(const SuppressionQuery& query) override;
  Result<std::optional<Suppression>> find(OrganisationId organisation, std::string_view address_hmac) override;

 private:
  Shared& shared_;
};

const Suppression* find_suppression(const State& state, OrganisationId organisation, std::string_view address_hmac);
// Ends the delivery, which is due, as suppressed if it is a courtesy message to a suppressed address; true then.
bool suppress_delivery(State& state, DeliveryRow& row, Instant now);
// Suppresses the address of the delivery as the SQLite engine does; `source_of` decides by the channel and the kind of key.
template <class F>
void suppress_address(State& state, const DeliveryRow& row, const std::string& reason, Instant at, F&& source_of) {
  const NotificationRow& owner = state.notifications.at(row.notification);
  const auto source = source_of(row.channel, owner.summary.kind);
  if (!source || !owner.content || find_suppression(state, row.organisation, row.address_hmac) != nullptr) return;
  const auto address = owner.content->recipient.addresses.find(row.channel);
  if (address == owner.content->recipient.addresses.end()) return;
  const auto id = SuppressionId::make(at);
  state.suppressions[id] = {id,      row.organisation, row.channel, row.address_hmac, address->second,
                            *source, reason,           at,          row.id,           row.notification};
}

}  // namespace messo::memory
