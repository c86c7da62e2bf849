// Takes an item out of its mailbox when it is polled, before anything is durable: a crash then loses its receipt.
#include "bad_receipts.hpp"

namespace {

std::int32_t poll_once_only(messo_instance*, const messo_poll_request* request, const messo_poll_sink* sink, messo_buffer*) {
  static std::atomic<bool> given{false};
  if (std::string(request->mailbox.ptr, request->mailbox.len) == "INBOX" && !given.exchange(true)) bad::give_item(*sink, "1");
  sink->done(sink->ctx, bad::str("1"), 0);
  return MESSO_OK;
}

constexpr messo_receipts_poll_v1 kTable{sizeof kTable, 0, &bad::one_mailbox, &poll_once_only, &bad::ack_all};

}  // namespace

BAD_ENTRY { return bad::keep_with(bad::good_table("marks_at_poll"), {{"receipts.poll/1", &kTable}}); }
