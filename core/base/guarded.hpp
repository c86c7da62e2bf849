// A value that can be reached only with its lock held.
#pragma once
#include <mutex>
#include <utility>

namespace messo {

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  // Runs `use` with the lock held and returns what it returns. Do not call back into code that locks the same Guarded.
  template <class F>
  decltype(auto) with(F&& use) {
    const std::scoped_lock hold(mutex_);
    return std::forward<F>(use)(value_);
  }
  template <class F>
  decltype(auto) with(F&& use) const {
    const std::scoped_lock hold(mutex_);
    return std::forward<F>(use)(std::as_const(value_));
  }
  T copy() const {
    const std::scoped_lock hold(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace messo
