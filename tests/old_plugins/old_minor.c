/* A plugin in C11 that knows nothing newer than the frozen header: it answers each message at once, with a reference made of its attempt,
 * and tells one receipt behind which lies what must not be read. */
#include <string.h>

#include "messo_channel_v0_0.h"

static const messo_host* g_host;
static int g_alive;

static const char* const kChannels[] = {"email", NULL};
static const char* const kExtensions[] = {NULL};

static messo_str text(const char* t) {
  messo_str out;
  out.ptr = t;
  out.len = strlen(t);
  return out;
}

static messo_instance* create(messo_str config_json, const messo_host* host, messo_buffer* error) {
  (void)config_json;
  (void)error;
  /* A newer hub's struct is longer, never shorter. */
  if (host->struct_size < sizeof *host) return NULL;
  g_host = host;
  return (messo_instance*)&g_alive;
}

static int32_t start(messo_instance* instance, messo_buffer* error) {
  (void)instance;
  (void)error;
  g_host->credits(g_host->ctx, 10, 0, text(""));
  return MESSO_OK;
}

static void tell_receipt(const messo_reference* const* references) {
  struct {
    messo_receipt receipt;
    unsigned char beyond[64]; /* members of newer hubs would lie here */
  } told;
  const messo_receipt* const receipts[] = {&told.receipt};
  memset(&told, 0xA5, sizeof told);
  memset(&told.receipt, 0, sizeof told.receipt);
  told.receipt.struct_size = sizeof told.receipt;
  told.receipt.kind = MESSO_RECEIPT_UNDELIVERED;
  told.receipt.verification = MESSO_VALID;
  told.receipt.dedupe_key = text("old/1");
  told.receipt.references = references;
  told.receipt.reference_count = 1;
  g_host->on_receipts(g_host->ctx, receipts, 1);
}

static int32_t submit(messo_instance* instance, const messo_message* const* batch, size_t count) {
  size_t i;
  (void)instance;
  for (i = 0; i < count; ++i) {
    messo_reference reference = {sizeof reference, 0, {"old_id", 6}, {NULL, 0}};
    const messo_reference* const references[] = {&reference};
    messo_outcome out;
    if (batch[i]->struct_size < sizeof *batch[i] || batch[i]->part_count == 0) return MESSO_E_INTERNAL;
    reference.value = batch[i]->to;
    memset(&out, 0, sizeof out);
    out.struct_size = sizeof out;
    out.kind = MESSO_PENDING;
    out.attempt = batch[i]->attempt;
    out.retry_after_ms = -1;
    out.code = text("old.accepted");
    out.public_text = batch[i]->parts[0]->name;
    out.references = references;
    out.reference_count = 1;
    g_host->on_outcome(g_host->ctx, &out);
    if (i == 0) tell_receipt(references);
  }
  return MESSO_OK;
}

static void stop(messo_instance* instance, int64_t drain_ms) {
  (void)instance;
  (void)drain_ms;
}
static void destroy(messo_instance* instance) { (void)instance; }

__attribute__((visibility("default"))) const messo_channel* messo_channel_entry_v0(void) {
  static messo_channel table;
  table.struct_size = sizeof table;
  table.abi_minor = 0;
  table.name = OLD_PLUGIN_NAME;
  table.version = "0.0.1";
  table.channels = kChannels;
  table.extensions = kExtensions;
  table.preferred_batch = 5;
  table.max_batch = 10;
  table.config_schema_json = "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{}}";
  table.create = create;
  table.start = start;
  table.submit = submit;
  table.stop = stop;
  table.destroy = destroy;
  return &table;
}
