// One thread tells another that something is done: a word, one system call each, and only where one of them really sleeps.
#pragma once
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

namespace messo {

// Set once, waited for by one thread. Whoever waits may destroy it as soon as wait() returns: set() does not touch it after that, other
// than by its address (futex(2) on an address nobody waits at does nothing). std::atomic::wait yields the processor several times before it
// sleeps; a condition variable's mutex is often still held when the woken thread wants it.
class DoneFlag {
 public:
  void set() {
    if (word_.exchange(kSet, std::memory_order_acq_rel) == kSomebodySleeps) call(FUTEX_WAKE_PRIVATE, 1);
  }
  void wait() {
    for (;;) {
      std::uint32_t now = word_.load(std::memory_order_acquire);
      if (now == kSet) return;
      if (now == kSomebodySleeps || word_.compare_exchange_strong(now, kSomebodySleeps)) call(FUTEX_WAIT_PRIVATE, kSomebodySleeps);
    }
  }

 private:
  static constexpr std::uint32_t kUnset = 0, kSomebodySleeps = 1, kSet = 2;
  void call(int operation, std::uint32_t value) { ::syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0); }

  std::atomic<std::uint32_t> word_ = kUnset;
  static_assert(sizeof(word_) == 4 && std::atomic<std::uint32_t>::is_always_lock_free);
};

}  // namespace messo
