// The pause overlays of one directory snapshot, ready for look-up per row (pure).
#pragma once
#include <unordered_set>

#include "model/directory.hpp"
#include "store/work_queue.hpp"

namespace messo {

class PauseSet {
 public:
  PauseSet() = default;
  explicit PauseSet(const DirectorySnapshot& directory) {
    for (const Pause& pause : directory.pauses) {
      const auto id = Uuid::from_bytes(pause.subject);
      if (!id) continue;  // pools are paused by name: see ProviderBoard
      if (pause.scope == PauseScope::organisation) organisations_.insert({*id});
      if (pause.scope == PauseScope::service) services_.insert({*id});
      if (pause.scope == PauseScope::batch) batches_.insert({*id});
    }
  }
  bool stops(const Lane& lane) const { return organisations_.contains(lane.organisation) || services_.contains(lane.service); }
  bool stops(const DueDelivery& row) const { return row.batch && batches_.contains(*row.batch); }

 private:
  std::unordered_set<OrganisationId> organisations_;
  std::unordered_set<ServiceId> services_;
  std::unordered_set<BatchId> batches_;
};

}  // namespace messo
