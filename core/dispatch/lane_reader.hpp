// Reads the due work of one pool, lane by lane, in bounded windows. Nothing is kept from round to round but the list of lanes and, where a
// lane begins with rows that may not leave (a paused batch of a million), how far to skip. One thread.
#pragma once
#include <deque>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "base/result.hpp"
#include "dispatch/pause_set.hpp"
#include "store/work_queue.hpp"

namespace messo {

class LaneReader {
 public:
  // At most `window` rows are read, and in memory, per round.
  LaneReader(WorkQueue& work, std::string pool, std::size_t window) : work_(work), pool_(std::move(pool)), window_(window) {}

  // Starts a round: reads the lanes again unless they were read a moment ago (reading them may cost at most a fifth of the time when there
  // are very many) or `force`. Lanes that `pauses` stops are left out.
  Status begin(const PauseSet& pauses, std::uint64_t directory_version, Instant now, Steady steady, bool force);
  const std::vector<LaneHead>& lanes() const { return lanes_; }
  // Whether begin() read the list itself.
  bool fresh() const { return fresh_; }

  // Rows that never come from here; read at each next().
  void leave_out(const std::unordered_set<DeliveryId>* rows) { left_out_ = rows; }

  // The lane's next row that may leave now; nullopt when this round has no more of it. `hint`: how many more the caller may want of it.
  Result<std::optional<DueDelivery>> next(std::size_t lane, std::size_t hint);

  // Rows were seen whose expires_at has passed.
  bool saw_expired() const { return saw_expired_; }
  // The window was used up by rows that may not leave: another round will get further.
  bool cut_short() const { return cut_short_; }

 private:
  struct Rows {
    std::deque<DueDelivery> ready;
    std::optional<DueDelivery> read_up_to;
    bool skipping = true;  // nothing that may leave was seen yet
    bool at_end = false;
  };
  struct Skip {
    DueDelivery up_to;
    std::uint64_t directory_version = 0;
    Steady since{};
  };
  using LaneKey = std::tuple<Priority, OrganisationId, ServiceId>;
  static LaneKey key_of(const Lane& lane) { return {lane.priority, lane.organisation, lane.service}; }
  Status read_more(std::size_t lane, std::size_t hint);

  WorkQueue& work_;
  std::string pool_;
  std::size_t window_;
  std::vector<LaneHead> lanes_;
  std::vector<Rows> rows_;
  std::map<LaneKey, Skip> skips_;
  const PauseSet* pauses_ = nullptr;
  const std::unordered_set<DeliveryId>* left_out_ = nullptr;
  std::uint64_t directory_version_ = 0;
  Instant now_{};
  Steady steady_{};
  Steady read_at_{};
  Steady::duration cost_{};
  std::size_t read_rows_ = 0;
  bool fresh_ = false;
  bool saw_expired_ = false;
  bool cut_short_ = false;
};

}  // namespace messo
