// Its table ends before the functions.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("short_struct");
  table.struct_size = 24;
  return bad::keep(table);
}
