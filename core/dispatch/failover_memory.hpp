// Which provider failed a delivery last, so that its next attempt prefers another one of the pool. A hint: bounded, and lost at a restart.
#pragma once
#include <deque>
#include <optional>
#include <unordered_map>

#include "base/guarded.hpp"
#include "model/ids.hpp"

namespace messo {

class FailoverMemory {
 public:
  static constexpr std::size_t kRemembered = 8192;

  void failed(DeliveryId delivery, ProviderId provider) {
    state_.with([&](State& state) {
      if (!state.last.insert_or_assign(delivery, provider).second) return;
      state.order.push_back(delivery);
      while (state.order.size() > kRemembered) {
        state.last.erase(state.order.front());
        state.order.pop_front();
      }
    });
  }
  std::optional<ProviderId> last(DeliveryId delivery) const {
    return state_.with([&](const State& state) -> std::optional<ProviderId> {
      if (state.last.empty()) return {};
      const auto at = state.last.find(delivery);
      return at == state.last.end() ? std::nullopt : std::optional(at->second);
    });
  }

 private:
  struct State {
    std::unordered_map<DeliveryId, ProviderId> last;
    std::deque<DeliveryId> order;
  };
  Guarded<State> state_;
};

}  // namespace messo
