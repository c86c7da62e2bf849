// Never comes back from submit.
#include <chrono>
#include <thread>

#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("blocks_in_submit");
  table.submit = [](messo_instance*, const messo_message* const*, std::size_t) -> std::int32_t {
    for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
  };
  return bad::keep(table);
}
