// Never comes back from stop, and goes on answering from a thread of its own.
#include <unistd.h>

#include <chrono>
#include <thread>

#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("blocks_in_stop");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t) -> std::int32_t {
    std::thread([attempt = batch[0]->attempt, calls = bad::counter_of(*batch[0])] {
      for (; *calls < 1'000'000; ++*calls) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        bad::host->log(bad::host->ctx, MESSO_LOG_INFO, bad::str("zoo.still_here"), bad::str("still here"));
        if (bad::alive > 0) bad::answer(attempt);
      }
    }).detach();
    return MESSO_OK;
  };
  table.stop = [](messo_instance*, std::int64_t) {
    ++bad::alive;
    for (;;) ::pause();
  };
  return bad::keep(table);
}
