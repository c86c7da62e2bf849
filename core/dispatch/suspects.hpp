// Messages that were in hand at two crashes in a row go alone, one at a time over the whole hub: so the next crash tells which of them it
// is that kills the hub, and the harmless ones are never held for it (docs/decisions/0012-suspects-go-alone.md). Dispatch thread only.
#pragma once
#include <deque>
#include <optional>
#include <span>
#include <unordered_set>
#include <vector>

#include "dispatch/in_hand.hpp"
#include "store/doubts.hpp"

namespace messo {

class Suspects {
 public:
  void load(std::vector<Suspect> all) {
    for (Suspect& one : all) {
      if (ids_.insert(one.row.delivery).second) waiting_.push_back(std::move(one));
    }
  }
  bool empty() const { return ids_.empty(); }
  // Those that dispatch must not send among others. The reference holds for ever.
  const std::unordered_set<DeliveryId>& ids() const { return ids_; }

  // Whether none of them is with a provider now. One that came back has its turn again, after the others: it may have been given back
  // untouched.
  bool alone(const InHand& in_hand) {
    if (!attempt_) return true;
    if (in_hand.contains(*attempt_)) return false;
    attempt_.reset();
    return true;
  }
  // The first that `fits`.
  template <class F>
  std::optional<Suspect> next(F&& fits) const {
    for (const Suspect& one : waiting_) {
      if (fits(one)) return one;
    }
    return {};
  }
  // It is about to be leased. leased() tells whether it was: what is not due any more is nobody's suspect.
  void begin(DeliveryId delivery) { trying_ = delivery; }
  void failed() { trying_.reset(); }  // the store did not answer
  bool trying() const { return trying_.has_value(); }
  void leased(std::span<const LeasedDelivery> leased) {
    if (!trying_) return;
    const DeliveryId delivery = *trying_;
    trying_.reset();
    for (const LeasedDelivery& one : leased) {
      if (one.delivery != delivery) continue;
      attempt_ = one.attempt;
      return turn(delivery);
    }
    ids_.erase(delivery);
    std::erase_if(waiting_, [&](const Suspect& one) { return one.row.delivery == delivery; });
  }

 private:
  void turn(DeliveryId delivery) {
    for (auto at = waiting_.begin(); at != waiting_.end(); ++at) {
      if (at->row.delivery != delivery) continue;
      Suspect one = std::move(*at);
      waiting_.erase(at);
      waiting_.push_back(std::move(one));
      return;
    }
  }

  std::deque<Suspect> waiting_;
  std::unordered_set<DeliveryId> ids_;
  std::optional<DeliveryId> trying_;
  std::optional<AttemptId> attempt_;  // of the one that is out
};

}  // namespace messo
