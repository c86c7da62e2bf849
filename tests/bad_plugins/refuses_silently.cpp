// Makes no instance and does not say why.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("refuses_silently");
  table.create = [](messo_str, const messo_host*, messo_buffer*) -> messo_instance* { return nullptr; };
  return bad::keep(table);
}
