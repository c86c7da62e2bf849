// Says `sent`, then `refused`.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("answers_twice");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t count) -> std::int32_t {
    for (std::size_t i = 0; i < count; ++i) bad::answer(batch[i]->attempt), bad::answer(batch[i]->attempt, MESSO_REFUSED);
    return MESSO_OK;
  };
  return bad::keep(table);
}
