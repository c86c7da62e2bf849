// Lanes of the work index: a skip-scan whose cost is per lane, not per row.
#pragma once
#include <optional>
#include <string_view>

#include "store/sqlite/connection.hpp"
#include "store/work_queue.hpp"

namespace messo::sqlite {

// The first lane of the pool, or the next one after `last`, with its oldest row, due or not.
std::optional<LaneHead> lane_after(Connection& db, std::string_view pool, const Lane* last);

template <class F>
void each_lane(Connection& db, std::string_view pool, F&& visit) {
  std::optional<LaneHead> head = lane_after(db, pool, nullptr);
  while (head) {
    visit(*head);
    const Lane last = head->lane;
    head = lane_after(db, pool, &last);
  }
}

}  // namespace messo::sqlite
