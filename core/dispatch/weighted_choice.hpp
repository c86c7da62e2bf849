// Smooth weighted round robin (as nginx does it): picks in proportion to weight, spread evenly. Pure, one thread.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>

namespace messo {

template <class Key>
class WeightedChoice {
 public:
  struct Option {
    Key key;
    std::uint32_t weight = 1;  // >= 1
  };

  // An index into `options`; nullopt when there are none. Options may differ from call to call.
  std::optional<std::size_t> pick(std::span<const Option> options) {
    std::optional<std::size_t> best;
    std::int64_t total = 0;
    for (std::size_t i = 0; i < options.size(); ++i) {
      total += options[i].weight;
      std::int64_t& value = current_[options[i].key];
      value += options[i].weight;
      if (!best || value > current_[options[*best].key]) best = i;
    }
    if (best) current_[options[*best].key] -= total;
    return best;
  }

 private:
  std::map<Key, std::int64_t> current_;  // one entry per key ever offered: providers, so few
};

}  // namespace messo
