#include "events/event_reader.hpp"

#include <algorithm>

namespace messo {
namespace {

constexpr std::chrono::milliseconds kLookAgain{1000};  // a bell may be lost

}  // namespace

Result<EventReader::Page> EventReader::read(std::int64_t after, std::size_t limit, const Visibility& visibility,
                                            std::chrono::milliseconds wait) {
  limit = std::clamp<std::size_t>(limit, 1, kMostEvents);
  const auto until = std::chrono::steady_clock::now() + wait;
  for (;;) {
    const std::uint64_t seen = bell_.rings();
    auto events = ledger_.events_after(after, limit, visibility);
    if (!events) return fail(std::move(events.error()));
    if (!events->empty()) {
      const std::int64_t next = events->back().position;
      return Page{std::move(*events), next};
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0 || bell_.wait(seen, std::min(left, kLookAgain)) == EventBell::Woken::refused) return Page{{}, after};
  }
}

}  // namespace messo
