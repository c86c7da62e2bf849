// How tests wait: for a condition, with a bound; never for a time.
#pragma once
#include <chrono>
#include <thread>

#include "base/time.hpp"

namespace messo::test {

// Looks every two milliseconds until it holds; false after `limit`.
template <class F>
bool wait_until(F&& holds, Millis limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(Millis{2});
  }
  return true;
}

}  // namespace messo::test
