// One call at a time: a std::timed_mutex whose waiting ThreadSanitizer can follow (its own takes pthread_mutex_clocklock for unknown).
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace messo {

// TimedLockable, not recursive; for std::unique_lock and std::scoped_lock.
class CallTurn {
 public:
  void lock() {
    std::unique_lock hold(mutex_);
    free_.wait(hold, [this] { return !taken_; });
    taken_ = true;
  }
  bool try_lock() {
    const std::scoped_lock hold(mutex_);
    if (taken_) return false;
    taken_ = true;
    return true;
  }
  template <class Rep, class Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> limit) {
    std::unique_lock hold(mutex_);
    if (!free_.wait_for(hold, limit, [this] { return !taken_; })) return false;
    taken_ = true;
    return true;
  }
  void unlock() {
    const std::scoped_lock hold(mutex_);
    taken_ = false;
    free_.notify_one();  // held: whoever takes the turn next may end this object
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  bool taken_ = false;
};

}  // namespace messo
