// Threads for what waits for the disk, so that the pool's does not.
#pragma once
#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

namespace messo::smpp {

template <class T>
class Workers {
 public:
  struct Bounds {
    std::size_t waiting = SIZE_MAX;
    std::size_t at_once = 1;  // that one thread takes together
  };
  // [one of its threads] What was taken, in order, at least one.
  using Work = std::function<void(std::vector<T>&& taken)>;

  // `name`: of the threads, at most 15 characters.
  Workers(const char* name, Bounds bounds, Work work) : name_(name), bounds_(bounds), work_(std::move(work)) {}
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  }
  // Moves it away; false: too many wait already, or it is stopped, and it stays as it is.
  bool put(T& one) {
    const std::scoped_lock hold(mutex_);
    if (ends_ || waiting_.size() >= bounds_.waiting) return false;
    waiting_.push_back(std::move(one));
    changed_.notify_one();
    return true;
  }
  // Nothing waits and nothing is being worked.
  bool idle() {
    const std::scoped_lock hold(mutex_);
    return waiting_.empty() && busy_ == 0;
  }
  // Finishes what waits.
  void stop() {
    {
      const std::scoped_lock hold(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  void run() {
    pthread_setname_np(pthread_self(), name_);
    std::unique_lock hold(mutex_);
    for (;;) {
      changed_.wait(hold, [this] { return ends_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), bounds_.at_once));
      std::vector<T> taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
      waiting_.erase(waiting_.begin(), end);
      ++busy_;
      hold.unlock();
      work_(std::move(taken));
      hold.lock();
      --busy_;
    }
  }

  const char* const name_;
  const Bounds bounds_;
  const Work work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> waiting_;
  std::size_t busy_ = 0;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace messo::smpp
