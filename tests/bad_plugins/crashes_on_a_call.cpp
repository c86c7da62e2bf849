// Trusts a call's body to be there: an empty one is its end.
#include <cstdlib>

#include "bad_receipts.hpp"

namespace {

std::int32_t trust(messo_instance*, const messo_http_request* request, const messo_callback_sink*, messo_buffer*) {
  if (request->body.len == 0) std::abort();
  return MESSO_OK;
}

constexpr messo_receipts_callback_v1 kTable{sizeof kTable, 0, &trust};

}  // namespace

BAD_ENTRY { return bad::keep_with(bad::good_table("crashes_on_a_call"), {{"receipts.callback/1", &kTable}}); }
