#include "dispatch/fair_queue.hpp"

#include <algorithm>
#include <limits>

namespace messo {
namespace {

double step_of(std::uint32_t weight) { return 1.0 / static_cast<double>(std::max<std::uint32_t>(weight, 1)); }

// The child with the smallest start tag, max(its finish, the level's virtual time), among those open; the first one on a tie.
template <class Children, class Open, class Finish>
std::size_t earliest(const Children& children, double now, Open open, Finish finish) {
  std::size_t best = children.size();
  double best_start = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (!open(children[i])) continue;
    const double start = std::max(finish(children[i]), now);
    if (start < best_start) {
      best = i;
      best_start = start;
    }
  }
  return best;
}

// A level whose children of the last round have no more work was idle in between: its time moves past all that was served, so that what
// they were ahead is forgotten. `children`: every node of the level; `present`: those with work now.
template <class Children, class Present>
void take_over(double& now, Children& children, const Present& present) {
  bool goes_on = false;
  for (const auto* node : present) goes_on = goes_on || node->busy;
  for (auto* node : children) {
    if (!goes_on) now = std::max(now, node->finish);
    node->busy = false;
  }
  for (auto* node : present) node->busy = true;
}

// Serving a child: the level's time moves to its start, its finish one step past it.
void advance(double& now, double& finish, double step) {
  now = std::max(finish, now);
  finish = now + step;
}

}  // namespace

std::uint32_t class_weight(Priority priority) {
  switch (priority) {
    case Priority::urgent: return 64;
    case Priority::alert: return 16;
    case Priority::normal: return 4;
    case Priority::bulk: return 1;
  }
  return 1;
}

void FairQueue::prune() {
  for (ClassNode& node : classes_) {
    for (auto& [id, organisation] : node.organisations) {
      std::erase_if(organisation.services,
                    [&](const auto& service) { return !service.second.busy && service.second.finish <= organisation.now; });
    }
    std::erase_if(node.organisations, [&](const auto& entry) { return !entry.second.busy && entry.second.finish <= node.now; });
  }
}

std::size_t FairQueue::entries() const {
  std::size_t count = 0;
  for (const ClassNode& node : classes_) {
    count += node.organisations.size();
    for (const auto& [id, organisation] : node.organisations) count += organisation.services.size();
  }
  return count;
}

FairQueue::Round::Round(FairQueue& queue, std::span<const LaneShare> lanes) : queue_(queue) {
  std::array<std::map<OrganisationId, std::size_t>, kPriorities.size()> seen;
  for (std::size_t i = 0; i < lanes.size(); ++i) {
    const Lane& lane = lanes[i].lane;
    const auto level = static_cast<std::size_t>(lane.priority);
    Class& top = classes_[level];
    if (top.node == nullptr) {
      top.node = &queue.classes_[level];
      top.step = step_of(class_weight(lane.priority));
    }
    const auto [at, fresh] = seen[level].try_emplace(lane.organisation, top.branches.size());
    if (fresh) top.branches.push_back({&top.node->organisations[lane.organisation], step_of(lanes[i].organisation_weight), {}, 0});
    Branch& branch = top.branches[at->second];
    places_.push_back({level, at->second, branch.leaves.size()});
    branch.leaves.push_back({i, &branch.node->services[lane.service], step_of(lanes[i].service_weight)});
    ++branch.open;
    ++top.open;
  }
  take_over_busy();
}

void FairQueue::Round::take_over_busy() {
  std::vector<ClassNode*> classes, classes_now;
  for (std::size_t level = 0; level < classes_.size(); ++level) {
    ClassNode& node = queue_.classes_[level];
    classes.push_back(&node);
    if (classes_[level].node != nullptr) classes_now.push_back(&node);
    std::vector<OrganisationNode*> organisations, organisations_now;
    for (auto& [id, organisation] : node.organisations) organisations.push_back(&organisation);
    for (const Branch& branch : classes_[level].branches) organisations_now.push_back(branch.node);
    take_over(node.now, organisations, organisations_now);
    for (OrganisationNode* organisation : organisations) {
      if (!organisation->busy) organisation->services.clear();
    }
    for (const Branch& branch : classes_[level].branches) {
      std::vector<Share*> services, services_now;
      for (auto& [id, service] : branch.node->services) services.push_back(&service);
      for (const Leaf& leaf : branch.leaves) services_now.push_back(leaf.node);
      take_over(branch.node->now, services, services_now);
    }
  }
  take_over(queue_.now_, classes, classes_now);
}

std::optional<std::size_t> FairQueue::Round::next() const {
  const std::size_t level = earliest(
      classes_, queue_.now_, [](const Class& c) { return c.open > 0; }, [](const Class& c) { return c.node->finish; });
  if (level == classes_.size()) return {};
  const Class& top = classes_[level];
  const Branch& branch = top.branches[earliest(
      top.branches, top.node->now, [](const Branch& b) { return b.open > 0; }, [](const Branch& b) { return b.node->finish; })];
  return branch
      .leaves[earliest(
          branch.leaves, branch.node->now, [](const Leaf& l) { return l.open; }, [](const Leaf& l) { return l.node->finish; })]
      .lane;
}

void FairQueue::Round::served(std::size_t lane) {
  const Place place = places_[lane];
  Class& top = classes_[place.level];
  Branch& branch = top.branches[place.branch];
  Leaf& leaf = branch.leaves[place.leaf];
  advance(queue_.now_, top.node->finish, top.step);
  advance(top.node->now, branch.node->finish, branch.step);
  advance(branch.node->now, leaf.node->finish, leaf.step);
}

void FairQueue::Round::close(std::size_t lane) {
  const Place place = places_[lane];
  Class& top = classes_[place.level];
  Branch& branch = top.branches[place.branch];
  Leaf& leaf = branch.leaves[place.leaf];
  if (!leaf.open) return;
  leaf.open = false;
  --branch.open;
  --top.open;
}

}  // namespace messo
