// Gives more items than asked for, goes on when there is no room, twice the same id, one without an id, and is done twice.
#include "bad_receipts.hpp"

namespace {

std::int32_t poll_too_much(messo_instance*, const messo_poll_request*, const messo_poll_sink* sink, messo_buffer*) {
  for (int i = 0; i < 150; ++i) bad::give_item(*sink, std::to_string(i).c_str());
  bad::give_item(*sink, "149");
  bad::give_item(*sink, "");
  sink->done(sink->ctx, bad::str("x"), 0);
  sink->done(sink->ctx, bad::str("x"), 1);
  return MESSO_OK;
}

constexpr messo_receipts_poll_v1 kTable{sizeof kTable, 0, &bad::one_mailbox, &poll_too_much, &bad::ack_all};

}  // namespace

BAD_ENTRY { return bad::keep_with(bad::good_table("overfills_poll"), {{"receipts.poll/1", &kTable}}); }
