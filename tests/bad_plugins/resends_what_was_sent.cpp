// Says of a message it has sent that it certainly never had it, the first time only once the hub's clock shows that it thought too long.
#include "bad_plugin.hpp"
#include "support/wait_until.hpp"

namespace {

constexpr std::int64_t kTooLongMs = 1010;  // a question has to return within a second

std::int64_t hub_ms() { return bad::host->steady_ms(bad::host->ctx); }

std::int32_t deny(messo_instance*, const messo_id* attempt, const messo_reference* const*, std::size_t) {
  static std::atomic<bool> thought{false};
  if (!thought.exchange(true)) messo::test::wait_until([began = hub_ms()] { return hub_ms() - began >= kTooLongMs; });
  bad::answer(*attempt, MESSO_TRY_LATER);
  return MESSO_OK;
}

constexpr messo_query_v1 kTable{sizeof kTable, &deny};

}  // namespace

BAD_ENTRY { return bad::keep_with(bad::good_table("resends_what_was_sent"), {{"query/1", &kTable}}); }
