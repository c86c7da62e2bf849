// Answers a question about any message with "sent", twice, and returns a code that is none.
#include "bad_plugin.hpp"

namespace {

std::int32_t lie(messo_instance*, const messo_id* attempt, const messo_reference* const*, std::size_t count) {
  bad::answer(*attempt);
  bad::answer(*attempt);
  return count > 1 ? 17 : MESSO_OK;
}

constexpr messo_query_v1 kTable{sizeof kTable, &lie};

}  // namespace

BAD_ENTRY { return bad::keep_with(bad::good_table("lies_when_asked"), {{"query/1", &kTable}}); }
