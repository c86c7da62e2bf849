// "Events were committed": for any number of waiting readers. A lost ring costs latency only, because readers wait with a bound.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace messo {

class EventBell {
 public:
  static constexpr std::size_t kMostWaiting = 200;

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
  enum class Woken : std::uint8_t { rung, silence, refused };
  // Waits until it was rung more often than `seen`, or `limit` has passed. `refused` at once after close(), or when too many wait already:
  // each waiting reader holds a thread of the server.
  Woken wait(std::uint64_t seen, std::chrono::milliseconds limit) {
    std::unique_lock hold(mutex_);
    if (closed_ || waiting_ >= kMostWaiting) return Woken::refused;
    ++waiting_;
    wake_.wait_for(hold, limit, [&] { return rings_ > seen || closed_; });
    --waiting_;
    if (closed_) return Woken::refused;
    return rings_ > seen ? Woken::rung : Woken::silence;
  }
  // At shutdown: nobody waits any more; readers answer what they have.
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
  std::size_t waiting_ = 0;
  bool closed_ = false;
};

}  // namespace messo
