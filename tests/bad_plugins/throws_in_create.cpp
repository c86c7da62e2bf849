// Throws across the border when it is made.
#include <stdexcept>

#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("throws_in_create");
  table.create = [](messo_str, const messo_host*, messo_buffer*) -> messo_instance* { throw std::runtime_error("thrown"); };
  return bad::keep(table);
}
