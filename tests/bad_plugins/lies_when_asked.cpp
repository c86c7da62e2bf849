// Answers a question about any message with "sent", twice, and returns a code that is none.
#include "bad_plugin.hpp"

namespace {

std::int32_t lie(messo_instance*, const messo_id* attempt, const messo_reference* const*, std::size_t count) {
  bad::answer(*attempt);
  bad::answer(*attempt);
  return count > 1 ? 17 : MESSO_OK;
}

const void* query_table(const char* id) {
  static const messo_query_v1 kTable{sizeof kTable, &lie};
  return std::strcmp(id, "query/1") == 0 ? &kTable : nullptr;
}

}  // namespace

BAD_ENTRY {
  static const char* const kListed[] = {"query/1", nullptr};
  auto table = bad::good_table("lies_when_asked");
  table.extensions = kListed;
  table.extension = &query_table;
  return bad::keep(table);
}
