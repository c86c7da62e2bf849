// Messages rendered to see whether their jobs can be accepted, kept until dispatch takes them: rendering is pure and its version pinned, so
// dispatch would only make the same bytes again.
#pragma once
#include <chrono>
#include <list>
#include <optional>
#include <unordered_map>

#include "base/guarded.hpp"
#include "base/time.hpp"
#include "model/ids.hpp"
#include "template/compiled_version.hpp"

namespace messo {

// Thread-safe. Bounded in bytes; what is not here is rendered again.
class KeptRenderings {
 public:
  static constexpr std::chrono::seconds kLongest{60};

  explicit KeptRenderings(const Clock& clock, std::size_t most_bytes = 8 * 1024 * 1024) : clock_(clock), most_bytes_(most_bytes) {}

  // Leaves the message out where there is no room: those that wait already are taken first. Those older than kLongest (their provider is
  // paused) make room.
  void keep(DeliveryId delivery, RenderedMessage message);
  std::optional<RenderedMessage> take(DeliveryId delivery);
  std::size_t bytes() const;

 private:
  struct Entry {
    DeliveryId delivery;
    Steady since;
    std::size_t bytes;
    RenderedMessage message;
  };
  struct State {
    std::list<Entry> entries;  // oldest first
    std::unordered_map<DeliveryId, std::list<Entry>::iterator> by_delivery;
    std::size_t bytes = 0;

    void drop(std::list<Entry>::iterator entry);
  };
  const Clock& clock_;
  const std::size_t most_bytes_;
  Guarded<State> state_;
};

}  // namespace messo
