// Says of a message it has sent that it certainly never had it, the first time after a long thought.
#include <thread>

#include "bad_plugin.hpp"

namespace {

std::int32_t deny(messo_instance*, const messo_id* attempt, const messo_reference* const*, std::size_t) {
  static std::atomic<bool> thought{false};
  if (!thought.exchange(true)) std::this_thread::sleep_for(std::chrono::milliseconds(1200));
  bad::answer(*attempt, MESSO_TRY_LATER);
  return MESSO_OK;
}

constexpr messo_query_v1 kTable{sizeof kTable, &deny};

}  // namespace

BAD_ENTRY { return bad::keep_with(bad::good_table("resends_what_was_sent"), {{"query/1", &kTable}}); }
