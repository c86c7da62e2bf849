// Says it touched nothing, after answering for the first message.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("busy_but_answers");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t) -> std::int32_t {
    bad::answer(batch[0]->attempt);
    return MESSO_E_BUSY;
  };
  return bad::keep(table);
}
