// Writes a line for each of a thousand thoughts.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("floods_log");
  table.start = [](messo_instance*, messo_buffer*) -> std::int32_t {
    for (int i = 0; i < 1000; ++i) bad::host->log(bad::host->ctx, 1000, messo_str{nullptr, 9}, bad::str("a\nthought"));
    bad::host->credits(bad::host->ctx, 10, 0, messo_str{nullptr, 0});
    return MESSO_OK;
  };
  return bad::keep(table);
}
