// "Events were committed": for any number of waiting readers. A lost ring costs latency only, because readers wait with a bound.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace messo {

class EventBell {
 public:
  // Cheap, any thread.
  void ring() {
    {
      const std::scoped_lock hold(mutex_);
      ++rings_;
    }
    wake_.notify_all();
  }
  // How often it was rung: take it before reading events, and wait() past it when there were none, and no ring is missed.
  std::uint64_t rings() const {
    const std::scoped_lock hold(mutex_);
    return rings_;
  }
  // Waits until it was rung more often than `seen`, or `limit` has passed, or close(); true when rung.
  bool wait(std::uint64_t seen, std::chrono::milliseconds limit) {
    std::unique_lock hold(mutex_);
    wake_.wait_for(hold, limit, [&] { return rings_ > seen || closed_; });
    return rings_ > seen;
  }
  // At shutdown: nobody waits any more.
  void close() {
    {
      const std::scoped_lock hold(mutex_);
      closed_ = true;
    }
    wake_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::uint64_t rings_ = 0;
  bool closed_ = false;
};

}  // namespace messo
