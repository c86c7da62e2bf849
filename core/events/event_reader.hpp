// Reads the event stream in commit order, waiting for more: what `messo tail` and call-backs resume from.
#pragma once
#include "events/event_bell.hpp"
#include "store/ledger.hpp"

namespace messo {

class EventReader {
 public:
  static constexpr std::size_t kMostEvents = 1000;

  struct Page {
    std::vector<Event> events;  // by position
    std::int64_t next = 0;      // pass as `after` next time: a reader that does misses none
  };

  // Both must outlive it.
  EventReader(Ledger& ledger, EventBell& bell) : ledger_(ledger), bell_(bell) {}

  // Events after position `after` that `visibility` lets see, at most `limit` (1..kMostEvents). When there are none it waits up to `wait`
  // for some (zero: not at all) and may then still answer none. Thread-safe; holds no lock while waiting. Errors: the store's.
  Result<Page> read(std::int64_t after, std::size_t limit, const Visibility& visibility, std::chrono::milliseconds wait);

 private:
  Ledger& ledger_;
  EventBell& bell_;
};

}  // namespace messo
