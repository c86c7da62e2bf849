// Fails an acknowledgement of items that are gone, as they are after a crash, and a poll that asks for one again.
#include "bad_receipts.hpp"

namespace {

std::int32_t fail_with(messo_buffer* error) {
  static constexpr char kSentence[] = "there is no such item";
  std::memcpy(error->ptr, kSentence, sizeof kSentence - 1);
  error->len = sizeof kSentence - 1;
  return MESSO_E_NOT_FOUND;
}

std::int32_t poll_strictly(messo_instance*, const messo_poll_request* request, const messo_poll_sink* sink, messo_buffer* error) {
  if (request->again_count > 0) return fail_with(error);
  if (request->cursor.len == 0) bad::give_item(*sink, "1");
  sink->done(sink->ctx, bad::str("1"), 0);
  return MESSO_OK;
}
std::int32_t ack_strictly(messo_instance*, messo_str, const messo_str* ids, std::size_t, std::int64_t, messo_buffer* error) {
  return ids[0].len == 1 ? MESSO_OK : fail_with(error);
}

constexpr messo_receipts_poll_v1 kTable{sizeof kTable, 0, &bad::one_mailbox, &poll_strictly, &ack_strictly};

}  // namespace

BAD_ENTRY { return bad::keep_with(bad::good_table("forgets_what_is_gone"), {{"receipts.poll/1", &kTable}}); }
