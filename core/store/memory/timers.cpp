#include <algorithm>

#include "store/memory/parts.hpp"

namespace messo::memory {

Status MemoryTimers::set(const Timer& timer) {
  const std::scoped_lock hold(shared_.mutex);
  shared_.state.timers[{timer.kind, timer.subject}] = timer.due_at;
  return {};
}

Status MemoryTimers::clear(TimerKind kind, const Uuid& subject) {
  const std::scoped_lock hold(shared_.mutex);
  shared_.state.timers.erase({kind, subject});
  return {};
}

Result<std::vector<Timer>> MemoryTimers::due(Instant now, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<Timer> out;
  for (const auto& [key, at] : shared_.state.timers) {
    if (at <= now) out.push_back({key.first, key.second, at});
  }
  std::ranges::sort(
      out, [](const Timer& a, const Timer& b) { return std::tie(a.due_at, a.kind, a.subject) < std::tie(b.due_at, b.kind, b.subject); });
  if (out.size() > limit) out.resize(limit);
  return out;
}

Result<std::size_t> MemoryTimers::fire(Instant now, std::size_t limit) {
  const auto ripe = due(now, limit);
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  std::size_t fired = 0;
  for (const Timer& timer : *ripe) {
    if (timer.kind == TimerKind::step_deadline) continue;
    if (state.timers.erase({timer.kind, timer.subject}) == 0) continue;
    ++fired;
    const auto found = state.deliveries.find(DeliveryId{timer.subject});
    if (found == state.deliveries.end()) continue;
    DeliveryRow& row = found->second;
    const auto to = messo::apply(row.state, Change::silence);
    if (!to) continue;
    move(state, row, *to, now);
    append(state, state.notifications.at(row.notification), EventKind::closed, row.id, {}, now, decisions::closed_data(to->result));
  }
  return fired;
}

}  // namespace messo::memory
