// The attempts that are with providers, until their first outcome: what deciding about that outcome needs. Any thread.
#pragma once
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/guarded.hpp"
#include "dispatch/retry_policy.hpp"

namespace messo {

struct InHandAttempt {
  AttemptId attempt;
  ProviderId provider;
  AttemptFacts facts;
  std::string content_hash;  // 32 bytes, or empty
  Steady answer_by{};
  Steady handed_over{};
  std::uint32_t sms_segments = 0;
};

// Bounded: by what providers grant, and for the overdue by kRemembered, oldest forgotten first.
class InHand {
 public:
  static constexpr std::size_t kRemembered = 4096;

  void add(std::vector<InHandAttempt> attempts);
  // First outcome: takes it out. `facts.late` is set when it was overdue; nullopt when nothing is known of it (an earlier run, or a second
  // outcome).
  std::optional<InHandAttempt> take(AttemptId attempt);
  // Attempts whose answer_by has passed: they stay only as overdue, so that a late answer still finds its facts.
  std::vector<InHandAttempt> overdue(Steady now);
  bool contains(AttemptId attempt) const;
  std::size_t size() const;

 private:
  struct State {
    std::unordered_map<AttemptId, InHandAttempt> waiting;
    std::unordered_map<AttemptId, InHandAttempt> late;
    std::deque<AttemptId> late_order;
  };
  Guarded<State> state_;
};

}  // namespace messo
