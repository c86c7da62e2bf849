// What a test is told from outside: `./dev check --long` sets MESSO_KILLS=300; a failure that chance had a part in is had again with the
// MESSO_SEED that it printed.
#pragma once
#include <cstdlib>
#include <random>

namespace messo::test {

inline unsigned setting(const char* name, unsigned fallback) {
  const char* text = std::getenv(name);
  return text != nullptr ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : fallback;
}
inline unsigned seed_of_this_run() { return setting("MESSO_SEED", std::random_device{}()); }
inline bool long_check() { return setting("MESSO_KILLS", 0) >= 100; }

}  // namespace messo::test
