// Sound until it is stopped; a thread of it then goes on calling the hub for ever, and answers again.
#include <thread>

#include "bad_plugin.hpp"

namespace {
std::atomic<int> stops = 0;
}

BAD_ENTRY {
  auto table = bad::good_table("calls_after_stop");
  table.submit = [](messo_instance* instance, const messo_message* const* batch, std::size_t count) -> std::int32_t {
    std::thread([attempt = batch[0]->attempt, mine = bad::host, asked = bad::asked_calls(*batch[0]), before = stops.load()] {
      stops.wait(before);
      bad::go_on(asked, [&] {
        const messo_outcome out = bad::outcome_for(attempt);
        mine->on_outcome(mine->ctx, &out);
        mine->credits(mine->ctx, 5, 0, messo_str{nullptr, 0});
        mine->log(mine->ctx, MESSO_LOG_INFO, bad::str("zoo.still_here"), bad::str("still here"));
      });
    }).detach();
    return bad::good_table("calls_after_stop").submit(instance, batch, count);
  };
  table.stop = [](messo_instance*, std::int64_t) {
    ++stops;
    stops.notify_all();
  };
  return bad::keep(table);
}
