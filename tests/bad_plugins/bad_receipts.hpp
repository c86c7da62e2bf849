// For animals that break the rules of receipts: tables of receipts.poll/1 and receipts.callback/1 that each spoils in one way.
#pragma once
#include "bad_plugin.hpp"

namespace bad {

inline messo_receipt receipt_of(const char* key, const messo_reference* const* references, std::size_t count) {
  messo_receipt out{};
  out.struct_size = sizeof out;
  out.kind = MESSO_RECEIPT_DELIVERED;
  out.verification = MESSO_VALID;
  out.dedupe_key = str(key);
  out.references = references;
  out.reference_count = count;
  return out;
}

// Hands an item with one receipt to the sink.
inline std::int32_t give_item(const messo_poll_sink& sink, const char* id) {
  const messo_reference reference{sizeof reference, 0, str("id"), str(id)};
  const messo_reference* const references[] = {&reference};
  const messo_receipt receipt = receipt_of(id, references, 1);
  const messo_receipt* const receipts[] = {&receipt};
  messo_poll_item item{};
  item.struct_size = sizeof item;
  item.id = str(id);
  item.receipts = receipts;
  item.receipt_count = 1;
  return sink.item(sink.ctx, &item);
}

inline std::int32_t one_mailbox(messo_instance*, const messo_mailbox_sink* sink, messo_buffer*) {
  sink->mailbox(sink->ctx, str("INBOX"), 0);
  return MESSO_OK;
}
inline std::int32_t ack_all(messo_instance*, messo_str, const messo_str*, std::size_t, std::int64_t, messo_buffer*) { return MESSO_OK; }

}  // namespace bad
