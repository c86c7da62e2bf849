#include "dispatch/lane_reader.hpp"

#include <algorithm>

namespace messo {
namespace {

using namespace std::chrono_literals;

// How long a skipped head is trusted: rows may come due before it after the wall clock was set back.
constexpr auto kSkipTrust = 60s;
constexpr std::size_t kSmallestRead = 16;

}  // namespace

Status LaneReader::begin(const PauseSet& pauses, std::uint64_t directory_version, Instant now, Steady steady, bool force) {
  pauses_ = &pauses;
  now_ = now;
  steady_ = steady;
  read_rows_ = 0;
  saw_expired_ = cut_short_ = false;
  fresh_ = force || lanes_.empty() || directory_version != directory_version_ || steady - read_at_ >= 4 * cost_;
  directory_version_ = directory_version;
  if (fresh_) {
    const auto started = std::chrono::steady_clock::now();
    auto heads = work_.lanes(pool_, now);
    if (!heads) {
      lanes_.clear();
      rows_.clear();
      return fail(std::move(heads.error()));
    }
    cost_ = std::chrono::steady_clock::now() - started;
    read_at_ = steady;
    std::erase_if(*heads, [&](const LaneHead& head) { return pauses.stops(head.lane); });
    lanes_ = std::move(*heads);
  }
  rows_.assign(lanes_.size(), Rows{});
  std::erase_if(skips_, [&](const auto& entry) {
    return entry.second.directory_version != directory_version || steady - entry.second.since > kSkipTrust;
  });
  return {};
}

Status LaneReader::read_more(std::size_t lane, std::size_t hint) {
  Rows& rows = rows_[lane];
  const std::size_t left = window_ - std::min(window_, read_rows_);
  if (left == 0) {
    cut_short_ = cut_short_ || rows.skipping;
    rows.at_end = true;
    return {};
  }
  const Lane& which = lanes_[lane].lane;
  const auto skip = skips_.find(key_of(which));
  const DueDelivery* after = rows.read_up_to ? &*rows.read_up_to : skip != skips_.end() ? &skip->second.up_to : nullptr;
  // Rows that may not leave are read in large chunks, to get past them.
  const std::size_t wanted = rows.read_up_to && rows.skipping ? left : std::min(left, std::max(hint, kSmallestRead));
  const auto read = work_.due(which, now_, wanted, after);
  if (!read) return fail(read.error());
  read_rows_ += read->size();
  rows.at_end = read->size() < wanted;
  for (const DueDelivery& row : *read) {
    const bool expired = row.expires_at <= now_;
    saw_expired_ = saw_expired_ || expired;
    const bool left_out = left_out_ != nullptr && left_out_->contains(row.delivery);
    if (!expired && !left_out && !pauses_->stops(row)) {
      rows.ready.push_back(row);
      rows.skipping = false;
    } else if (rows.skipping) {
      const auto [at, first] = skips_.try_emplace(key_of(which), Skip{row, directory_version_, steady_});
      if (!first) at->second.up_to = row;
    }
  }
  if (!read->empty()) rows.read_up_to = read->back();
  return {};
}

Result<std::optional<DueDelivery>> LaneReader::next(std::size_t lane, std::size_t hint) {
  Rows& rows = rows_[lane];
  while (rows.ready.empty() && !rows.at_end) {
    if (const Status read = read_more(lane, hint); !read) return fail(read.error());
  }
  if (rows.ready.empty()) return std::optional<DueDelivery>{};
  std::optional<DueDelivery> row = rows.ready.front();
  rows.ready.pop_front();
  return row;
}

}  // namespace messo
