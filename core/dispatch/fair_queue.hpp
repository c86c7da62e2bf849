// Weighted fair queueing with virtual time (start-time fair queueing, Goyal, Vin and Cheng, 1996) over priority, then organisation, then
// service (DESIGN §5). Pure, no locks, one thread.
//
// Each level shares among its children by weight: served next is the child with the smallest start tag; being served moves its tag by
// 1/weight. Who was idle gets no credit for it and carries no debt: it starts at the level's present virtual time, so it is served next.
#pragma once
#include <array>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "store/work_queue.hpp"

namespace messo {

// One lane that has work, and its weights (at least 1).
struct LaneShare {
  Lane lane;
  std::uint32_t organisation_weight = 1;
  std::uint32_t service_weight = 1;
};

// Shares of the classes while all of them have work. No class starves another, and an urgent message waits for at most a few others.
std::uint32_t class_weight(Priority priority);

// What was served so far; one per pool, kept between rounds. Memory: one entry per organisation and service that is ahead of the others.
class FairQueue {
 public:
  class Round;
  // Forgets who has no more history than a newcomer. Between rounds.
  void prune();
  std::size_t entries() const;

 private:
  struct Share {
    double finish = 0;
    bool busy = false;  // had work in the last round
  };
  struct OrganisationNode : Share {
    double now = 0;  // virtual time among its services
    std::map<ServiceId, Share> services;
  };
  struct ClassNode : Share {
    double now = 0;  // virtual time among its organisations
    std::map<OrganisationId, OrganisationNode> organisations;
  };
  double now_ = 0;
  std::array<ClassNode, kPriorities.size()> classes_;
};

// Picks among a fixed set of lanes. Costs a scan of one level's open children per pick, not of all lanes. The queue must outlive it.
class FairQueue::Round {
 public:
  Round(FairQueue& queue, std::span<const LaneShare> lanes);

  // Whose turn it is: an index into `lanes`; nullopt when every lane is closed.
  std::optional<std::size_t> next() const;
  // One message of the lane goes out.
  void served(std::size_t lane);
  // The lane has no more that can leave in this round.
  void close(std::size_t lane);

 private:
  struct Leaf {
    std::size_t lane;
    Share* node;
    double step;
    bool open = true;
  };
  struct Branch {
    OrganisationNode* node;
    double step;
    std::vector<Leaf> leaves;
    std::size_t open = 0;
  };
  struct Class {
    ClassNode* node = nullptr;
    double step = 1;
    std::vector<Branch> branches;
    std::size_t open = 0;
  };
  struct Place {
    std::size_t level, branch, leaf;
  };
  void take_over_busy();
  FairQueue& queue_;
  std::array<Class, kPriorities.size()> classes_;
  std::vector<Place> places_;  // by lane
};

}  // namespace messo
