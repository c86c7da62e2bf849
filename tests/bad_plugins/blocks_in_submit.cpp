// Never comes back from submit.
#include <unistd.h>

#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("blocks_in_submit");
  table.submit = [](messo_instance*, const messo_message* const*, std::size_t) -> std::int32_t {
    for (;;) ::pause();
  };
  return bad::keep(table);
}
