// Says its sentence is longer than the room it was given.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("overflows_error");
  table.start = [](messo_instance*, messo_buffer* error) -> std::int32_t {
    std::memset(error->ptr, '!', error->capacity);
    error->len = error->capacity * 1000;
    return MESSO_E_INVALID;
  };
  return bad::keep(table);
}
