// Sound until it is stopped; a thread of it goes on calling the hub for ever, and answers again.
#include <chrono>
#include <thread>

#include "bad_plugin.hpp"

namespace {
std::atomic<bool> stopped = false;
}

BAD_ENTRY {
  auto table = bad::good_table("calls_after_stop");
  table.submit = [](messo_instance* instance, const messo_message* const* batch, std::size_t count) -> std::int32_t {
    stopped = false;  // an instance before this one was
    std::thread([attempt = batch[0]->attempt, mine = bad::host, calls = bad::counter_of(*batch[0])] {
      for (; *calls < 1'000'000; ++*calls) {
        const messo_outcome out = bad::outcome_for(attempt);
        if (stopped) mine->on_outcome(mine->ctx, &out);
        if (stopped) mine->credits(mine->ctx, 5, 0, messo_str{nullptr, 0});
        mine->log(mine->ctx, MESSO_LOG_INFO, bad::str("zoo.still_here"), bad::str("still here"));
        std::this_thread::sleep_for(std::chrono::microseconds(500));
      }
    }).detach();
    return bad::good_table("calls_after_stop").submit(instance, batch, count);
  };
  table.stop = [](messo_instance*, std::int64_t) { stopped = true; };
  return bad::keep(table);
}
