// Answers for the first message of a batch, then throws across the border.
#include <stdexcept>

#include "bad_plugin.hpp"

BAD_ENTRY {
  auto table = bad::good_table("throws_in_submit");
  table.submit = [](messo_instance*, const messo_message* const* batch, std::size_t) -> std::int32_t {
    bad::answer(batch[0]->attempt);
    throw std::runtime_error("thrown");
  };
  return bad::keep(table);
}
