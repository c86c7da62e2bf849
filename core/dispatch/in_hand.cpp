#include "dispatch/in_hand.hpp"

namespace messo {

void InHand::add(std::vector<InHandAttempt> attempts) {
  state_.with([&](State& state) {
    for (InHandAttempt& one : attempts) {
      const AttemptId id = one.attempt;
      state.waiting.insert_or_assign(id, std::move(one));
    }
  });
}

std::optional<InHandAttempt> InHand::take(AttemptId attempt) {
  return state_.with([&](State& state) -> std::optional<InHandAttempt> {
    if (auto node = state.waiting.extract(attempt)) return std::move(node.mapped());
    if (auto node = state.late.extract(attempt)) return std::move(node.mapped());
    return {};
  });
}

std::vector<InHandAttempt> InHand::overdue(Steady now) {
  return state_.with([&](State& state) {
    std::vector<InHandAttempt> out;
    for (auto at = state.waiting.begin(); at != state.waiting.end();) {
      if (at->second.answer_by > now) {
        ++at;
        continue;
      }
      out.push_back(at->second);
      at->second.facts.late = true;
      state.late_order.push_back(at->first);
      state.late.insert(state.waiting.extract(at++));
    }
    while (state.late_order.size() > kRemembered) {
      state.late.erase(state.late_order.front());
      state.late_order.pop_front();
    }
    return out;
  });
}

bool InHand::contains(AttemptId attempt) const {
  return state_.with([&](const State& state) { return state.waiting.contains(attempt); });
}

std::size_t InHand::size() const {
  return state_.with([](const State& state) { return state.waiting.size(); });
}

}  // namespace messo
