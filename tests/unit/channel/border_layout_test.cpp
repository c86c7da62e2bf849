// The layout of the v0 structs on 64-bit Linux: a member that moves breaks every plugin built before. Grow at the end only.
#include <gtest/gtest.h>

#include <cstddef>

#include "channel/sdk/messo_channel.h"

namespace {

#define AT(type, member, offset) static_assert(offsetof(type, member) == (offset), #type "." #member " has moved")

static_assert(sizeof(messo_str) == 16 && sizeof(messo_id) == 16 && sizeof(messo_buffer) == 24);

AT(messo_part, name, 8);
AT(messo_part, content_type, 24);
AT(messo_part, body, 40);
static_assert(sizeof(messo_part) == 56);

AT(messo_attachment, handle, 8);
AT(messo_attachment, size, 16);
AT(messo_attachment, name, 24);
AT(messo_attachment, content_type, 40);
static_assert(sizeof(messo_attachment) == 56);

AT(messo_message, priority, 4);
AT(messo_message, attempt, 8);
AT(messo_message, delivery, 24);
AT(messo_message, attempt_number, 40);
AT(messo_message, created_ms, 48);
AT(messo_message, send_before_ms, 56);
AT(messo_message, answer_by_ms, 64);
AT(messo_message, channel, 72);
AT(messo_message, to, 88);
AT(messo_message, to_name, 104);
AT(messo_message, from, 120);
AT(messo_message, from_name, 136);
AT(messo_message, reply_to, 152);
AT(messo_message, language, 168);
AT(messo_message, meta_json, 184);
AT(messo_message, parts, 200);
AT(messo_message, part_count, 208);
AT(messo_message, attachments, 216);
AT(messo_message, attachment_count, 224);
static_assert(sizeof(messo_message) == 232);

AT(messo_reference, part, 4);
AT(messo_reference, kind, 8);
AT(messo_reference, value, 24);
static_assert(sizeof(messo_reference) == 40);

AT(messo_outcome, kind, 4);
AT(messo_outcome, scope, 8);
AT(messo_outcome, flags, 12);
AT(messo_outcome, attempt, 16);
AT(messo_outcome, retry_after_ms, 32);
AT(messo_outcome, code, 40);
AT(messo_outcome, public_text, 56);
AT(messo_outcome, private_text, 72);
AT(messo_outcome, references, 88);
AT(messo_outcome, reference_count, 96);
static_assert(sizeof(messo_outcome) == 104);

AT(messo_receipt, kind, 4);
AT(messo_receipt, milestone, 8);
AT(messo_receipt, verification, 12);
AT(messo_receipt, at_ms, 16);
AT(messo_receipt, dedupe_key, 24);
AT(messo_receipt, code, 40);
AT(messo_receipt, public_text, 56);
AT(messo_receipt, raw, 72);
AT(messo_receipt, references, 88);
AT(messo_receipt, reference_count, 96);
AT(messo_receipt, scope, 104);
AT(messo_receipt, learned, 112);
AT(messo_receipt, learned_count, 120);
static_assert(sizeof(messo_receipt) == 128);

AT(messo_host, abi_minor, 4);
AT(messo_host, ctx, 8);
AT(messo_host, on_outcome, 16);
AT(messo_host, credits, 24);
AT(messo_host, read_attachment, 32);
AT(messo_host, on_receipts, 40);
AT(messo_host, checkpoint, 48);
AT(messo_host, log, 56);
AT(messo_host, now_ms, 64);
AT(messo_host, steady_ms, 72);
AT(messo_host, extension, 80);
AT(messo_host, keep_as_sent, 88);
static_assert(sizeof(messo_host) == 96);

AT(messo_channel, abi_minor, 4);
AT(messo_channel, name, 8);
AT(messo_channel, version, 16);
AT(messo_channel, channels, 24);
AT(messo_channel, extensions, 32);
AT(messo_channel, preferred_batch, 40);
AT(messo_channel, max_batch, 44);
AT(messo_channel, config_schema_json, 48);
AT(messo_channel, create, 56);
AT(messo_channel, start, 64);
AT(messo_channel, submit, 72);
AT(messo_channel, stop, 80);
AT(messo_channel, destroy, 88);
AT(messo_channel, extension, 96);
static_assert(sizeof(messo_channel) == 104);

AT(messo_buffer, ptr, 0);
AT(messo_buffer, capacity, 8);
AT(messo_buffer, len, 16);

static_assert(sizeof(messo_probe_v1) == 16 && sizeof(messo_query_v1) == 16 && sizeof(messo_cancel_v1) == 16);
static_assert(sizeof(messo_resume_v1) == 16 && sizeof(messo_measure_v1) == 16);
AT(messo_probe_v1, probe, 8);
AT(messo_query_v1, query, 8);
AT(messo_cancel_v1, cancel, 8);
AT(messo_resume_v1, resume, 8);
AT(messo_measure_v1, measure, 8);
static_assert(sizeof(messo_balance_v1) == 16);
AT(messo_balance_v1, balance, 8);

AT(messo_poll_item, failed, 4);
AT(messo_poll_item, id, 8);
AT(messo_poll_item, code, 24);
AT(messo_poll_item, problem, 40);
AT(messo_poll_item, raw, 56);
AT(messo_poll_item, receipts, 72);
AT(messo_poll_item, receipt_count, 80);
static_assert(sizeof(messo_poll_item) == 88);

AT(messo_poll_request, limit, 4);
AT(messo_poll_request, mailbox, 8);
AT(messo_poll_request, cursor, 24);
AT(messo_poll_request, again, 40);
AT(messo_poll_request, again_count, 48);
AT(messo_poll_request, timeout_ms, 56);
static_assert(sizeof(messo_poll_request) == 64);

AT(messo_poll_sink, ctx, 8);
AT(messo_poll_sink, item, 16);
AT(messo_poll_sink, done, 24);
static_assert(sizeof(messo_poll_sink) == 32);
AT(messo_mailbox_sink, ctx, 8);
AT(messo_mailbox_sink, mailbox, 16);
static_assert(sizeof(messo_mailbox_sink) == 24);
AT(messo_receipts_poll_v1, mailboxes, 8);
AT(messo_receipts_poll_v1, poll, 16);
AT(messo_receipts_poll_v1, ack, 24);
static_assert(sizeof(messo_receipts_poll_v1) == 32);

AT(messo_http_request, method, 8);
AT(messo_http_request, path, 24);
AT(messo_http_request, query, 40);
AT(messo_http_request, headers_json, 56);
AT(messo_http_request, body, 72);
AT(messo_http_request, client_address, 88);
AT(messo_http_request, url, 104);
static_assert(sizeof(messo_http_request) == 120);
AT(messo_callback_sink, ctx, 8);
AT(messo_callback_sink, receipt, 16);
AT(messo_callback_sink, answer, 24);
static_assert(sizeof(messo_callback_sink) == 32);
AT(messo_receipts_callback_v1, on_request, 8);
static_assert(sizeof(messo_receipts_callback_v1) == 16);

TEST(BorderLayout, a_member_beyond_what_the_other_side_compiled_is_not_looked_at) {
  messo_channel older{};
  older.struct_size = offsetof(messo_channel, extension);
  EXPECT_TRUE(MESSO_HAS(&older, messo_channel, destroy));
  EXPECT_FALSE(MESSO_HAS(&older, messo_channel, extension));
}

}  // namespace
