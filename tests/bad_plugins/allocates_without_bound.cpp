// Takes memory until there is none, and then throws what the allocation threw.
#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("allocates_without_bound");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t) -> std::int32_t {
    if (std::string(batch[0]->to.ptr, batch[0]->to.len) == "harmless") return bad::answer(batch[0]->attempt), MESSO_OK;
    static std::vector<std::string> held;
    for (;;) held.emplace_back(std::size_t{16} << 20, 'x');
  };
  return bad::keep(table);
}
