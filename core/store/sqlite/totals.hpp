// Running figures: depth by lane and the books. The writer counts into a Tally during a group; what the group committed is added to Totals.
#pragma once
#include <array>
#include <map>
#include <tuple>

#include "store/ledger.hpp"
#include "store/sqlite/connection.hpp"

namespace messo::sqlite {

struct LaneKey {
  OrganisationId organisation;
  ServiceId service;
  std::string pool;
  Priority priority = Priority::normal;
  auto operator<=>(const LaneKey&) const = default;
};

// By phase: waiting, in hand, awaiting receipt, in doubt. Changes are signed, sums are never negative.
struct LaneCounts {
  std::array<std::int64_t, 4> by_phase{};
  std::int64_t open() const { return by_phase[0] + by_phase[1] + by_phase[2] + by_phase[3]; }
};

inline constexpr std::size_t kResults = 10;

struct Totals {
  std::map<LaneKey, LaneCounts> lanes;
  std::map<ServiceId, std::int64_t> open_by_service;
  std::int64_t accepted = 0;
  std::int64_t open = 0;
  std::array<std::int64_t, kResults> closed{};

  void add(const Totals& change);
  bool empty() const { return lanes.empty() && accepted == 0 && open == 0 && closed == decltype(closed){}; }

  // A delivery leaves `from` and enters `to`; either may be absent (accepted, pruned).
  void moved(const LaneKey& lane, const DeliveryState* from, const DeliveryState* to);
};

// Adds `change` to the rows of depth and counter.
void write_totals(Connection& db, const Totals& change);
Totals load_totals(Connection& db);

}  // namespace messo::sqlite
