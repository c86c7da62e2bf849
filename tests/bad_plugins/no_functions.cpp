// Has no submit.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("no_functions");
  table.submit = nullptr;
  return bad::keep(table);
}
