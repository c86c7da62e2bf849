// Counts of values under fixed bounds, with their sum: what Prometheus calls a histogram. One thread; copied when it is read.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace messo {

// `Bounds`: a constexpr array of doubles, rising.
template <const auto& Bounds>
class Histogram {
 public:
  void observe(double value) {
    ++counts_[static_cast<std::size_t>(std::ranges::lower_bound(Bounds, value) - Bounds.begin())];
    sum_ += value;
  }
  void add(const Histogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    sum_ += other.sum_;
  }
  static std::span<const double> bounds() { return Bounds; }
  // Not cumulative; one more than there are bounds: the last are those over all of them.
  std::span<const std::uint64_t> counts() const { return counts_; }
  double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, Bounds.size() + 1> counts_{};
  double sum_ = 0;
};

}  // namespace messo
