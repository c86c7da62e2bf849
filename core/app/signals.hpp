// Signals as values: blocked everywhere, taken by the one thread that asks.
#pragma once
#include <optional>

#include "base/time.hpp"

namespace messo {

enum class Wish : unsigned char { stop, reload };

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and those it will start, and ignores SIGPIPE and SIGXFSZ. Call before any thread is
// started.
void block_signals();
// Waits for one of them, at most `limit`; nullopt when none came.
std::optional<Wish> wait_for_signal(Millis limit);

}  // namespace messo
