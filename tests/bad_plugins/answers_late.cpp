// Answers for a batch only when it gets the next one.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("answers_late");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t count) -> std::int32_t {
    static std::vector<messo_id> before;
    for (const messo_id& attempt : before) bad::answer(attempt);
    before.clear();
    for (std::size_t i = 0; i < count; ++i) before.push_back(batch[i]->attempt);
    return MESSO_OK;
  };
  return bad::keep(table);
}
