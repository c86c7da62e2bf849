// Makes a valid receipt of whatever anybody sends, with another key each time, and answers twice with a status that is none.
#include "bad_receipts.hpp"

namespace {

std::int32_t believe(messo_instance*, const messo_http_request*, const messo_callback_sink* sink, messo_buffer*) {
  static std::atomic<int> calls{0};
  const std::string key = std::to_string(++calls);
  const messo_reference reference{sizeof reference, 0, bad::str("id"), bad::str("x")};
  const messo_reference* const references[] = {&reference};
  const messo_receipt receipt = bad::receipt_of(key.c_str(), references, 1);
  sink->receipt(sink->ctx, &receipt);
  sink->answer(sink->ctx, 200, bad::str("text/plain"), bad::str("ok"));
  sink->answer(sink->ctx, 99, bad::str("text/plain"), bad::str("ok"));
  return MESSO_OK;
}

constexpr messo_receipts_callback_v1 kTable{sizeof kTable, 0, &believe};

}  // namespace

BAD_ENTRY { return bad::keep_with(bad::good_table("believes_any_call"), {{"receipts.callback/1", &kTable}}); }
