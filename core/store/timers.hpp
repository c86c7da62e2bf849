// Persisted deadlines: receipts that must come, plan steps that must end, doubts to look at again.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/ids.hpp"

namespace messo {

enum class TimerKind : std::uint8_t { receipt_deadline = 1, step_deadline = 2, doubt_deadline = 3 };

struct Timer {
  TimerKind kind = TimerKind::receipt_deadline;
  Uuid subject;  // delivery or step
  Instant due_at{};
};

class Timers {
 public:
  virtual ~Timers() = default;
  // One timer per kind and subject: setting it again moves it.
  virtual Status set(const Timer& timer) = 0;
  virtual Status clear(TimerKind kind, const Uuid& subject) = 0;
  virtual Result<std::vector<Timer>> due(Instant now, std::size_t limit) = 0;
  // Fires those that are due: closes deliveries whose receipt or doubt deadline passed as no_outcome (with event, step and status). Step
  // deadlines stay for the plan's owner. Returns how many.
  virtual Result<std::size_t> fire(Instant now, std::size_t limit) = 0;
};

}  // namespace messo
