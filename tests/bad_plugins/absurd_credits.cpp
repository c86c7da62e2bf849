// Grants four billion messages and a pause of three hundred million years.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("absurd_credits");
  table.start = [](messo_instance*, messo_buffer*) -> std::int32_t {
    bad::host->credits(bad::host->ctx, 0xFFFFFFFFU, INT64_MAX, messo_str{nullptr, 7});
    return MESSO_OK;
  };
  return bad::keep(table);
}
