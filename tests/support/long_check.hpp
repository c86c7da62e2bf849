// How much a test may take: `./dev check --long` sets MESSO_KILLS=300.
#pragma once
#include <cstdlib>

namespace messo::test {

inline bool long_check() {
  const char* kills = std::getenv("MESSO_KILLS");
  return kills != nullptr && std::atoi(kills) >= 100;
}

}  // namespace messo::test
