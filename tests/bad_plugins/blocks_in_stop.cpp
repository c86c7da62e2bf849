// Never comes back from stop, and goes on answering from a thread of its own.
#include <unistd.h>

#include <thread>

#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("blocks_in_stop");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t) -> std::int32_t {
    std::thread([attempt = batch[0]->attempt, asked = bad::asked_calls(*batch[0])] {
      bad::alive.wait(0);
      bad::go_on(asked, [&] {
        bad::host->log(bad::host->ctx, MESSO_LOG_INFO, bad::str("zoo.still_here"), bad::str("still here"));
        bad::answer(attempt);
      });
    }).detach();
    return MESSO_OK;
  };
  table.stop = [](messo_instance*, std::int64_t) {
    ++bad::alive;
    bad::alive.notify_all();
    for (;;) ::pause();
  };
  return bad::keep(table);
}
