// Takes at most no message at a time.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("no_batch");
  table.max_batch = 0;
  return bad::keep(table);
}
