// The bell between stages: "there may be work". A lost ring costs latency only, because every listener also scans.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace messo {

class Bell {
 public:
  // Cheap, any thread, never blocks for long.
  void ring() {
    {
      const std::scoped_lock hold(mutex_);
      if (std::exchange(rung_, true)) return;  // the one who rang first wakes the listener
    }
    wake_.notify_all();
  }
  // Waits until somebody rings or `limit` has passed; true when rung. Clears the ring. One listener per bell.
  bool wait(std::chrono::milliseconds limit) {
    std::unique_lock hold(mutex_);
    wake_.wait_for(hold, limit, [this] { return rung_; });
    return std::exchange(rung_, false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool rung_ = false;
};

}  // namespace messo
