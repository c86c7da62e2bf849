// Takes messages and says nothing, not even when it is stopped.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("never_answers");
  table.submit = [](messo_instance*, const messo_message* const*, std::size_t) -> std::int32_t { return MESSO_OK; };
  return bad::keep(table);
}
