// Answers for a message it never had.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("foreign_token");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t count) -> std::int32_t {
    for (std::size_t i = 0; i < count; ++i) {
      messo_id other = batch[i]->attempt;
      other.bytes[15] ^= 0xFF;
      bad::answer(other);
    }
    return MESSO_OK;
  };
  return bad::keep(table);
}
