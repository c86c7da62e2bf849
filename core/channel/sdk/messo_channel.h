/* messo_channel.h - the border between the hub and a channel plugin. Major 0 (not frozen yet). Pure C11; also valid C++.
 *
 * Rules of this file
 *  - append only within a major: never reorder, resize or remove a member; every struct starts with struct_size, and a reader looks at a
 *    member only after MESSO_HAS(); arrays are arrays of pointers, so that their elements may grow;
 *  - fixed-width integers only; enums are stored in uint32_t; unknown values are treated as the most careful one;
 *  - all text is UTF-8 given as (ptr, len), not zero-terminated, never NULL with len > 0;
 *  - nothing borrowed outlives the call it was given to: copy what you keep (attachments are read by handle, so the same calls can cross
 *    a process border);
 *  - nothing may unwind (throw) across a function pointer of this file.
 * Threads:  [control] one hub thread at a time per instance;
 *           [worker]  a hub thread; one call at a time per instance unless the plugin lists the extension "concurrent/1";
 *           [any]     any thread, also from inside submit(), from start() entered until stop() returned.
 */
#ifndef MESSO_CHANNEL_H
#define MESSO_CHANNEL_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

#define MESSO_ABI_MAJOR 0u
#define MESSO_ABI_MINOR 0u
#define MESSO_ENTRY_SYMBOL "messo_channel_entry_v0" /* the major lives in the symbol's name: a foreign major is not found */

typedef struct messo_str {
  const char* ptr;
  size_t len;
} messo_str;

typedef struct messo_id {
  uint8_t bytes[16];
} messo_id; /* UUID, network order */

/* Room for text that the callee fills: the hub gives ptr and capacity, the plugin writes at most capacity bytes and sets len. */
typedef struct messo_buffer {
  char* ptr;
  size_t capacity;
  size_t len;
} messo_buffer;

/* Return codes of the functions below. */
enum {
  MESSO_OK = 0,
  MESSO_E_INVALID = -1,   /* configuration or argument is wrong; the error buffer says which field and the remedy */
  MESSO_E_BUSY = -2,      /* submit: nothing was touched; the hub keeps the whole batch and tries again later */
  MESSO_E_INTERNAL = -3,  /* submit: failed midway; attempts still without an outcome are in doubt */
  MESSO_E_NOT_FOUND = -4, /* no such attempt, attachment or handle */
  MESSO_E_IO = -5         /* the store could not read or write */
};

enum messo_outcome_kind {
  MESSO_SENT = 1,      /* the provider took it; no receipt will come */
  MESSO_PENDING = 2,   /* the provider took it; a receipt will come */
  MESSO_TRY_LATER = 3, /* not taken, for now; it is certain that the message did not get out */
  MESSO_REFUSED = 4,   /* not taken, for good */
  MESSO_UNKNOWN = 5    /* it may be out of our hands and nobody knows */
};
enum messo_scope {
  MESSO_SCOPE_MESSAGE = 0,     /* this message only */
  MESSO_SCOPE_DESTINATION = 1, /* this address */
  MESSO_SCOPE_PROVIDER = 2     /* the account or the connection: not the message's fault */
};
enum messo_outcome_flag {
  MESSO_FLAG_THROTTLED = 1u << 0 /* the provider asked to slow down, or the message was given back: does not cost an attempt */
};
enum messo_log_level { MESSO_LOG_DEBUG = 0, MESSO_LOG_INFO = 1, MESSO_LOG_WARNING = 2, MESSO_LOG_ERROR = 3 };
enum messo_priority { MESSO_URGENT = 0, MESSO_ALERT = 1, MESSO_NORMAL = 2, MESSO_BULK = 3 };

/* One rendered part of the message. */
typedef struct messo_part {
  uint32_t struct_size;
  uint32_t reserved;
  messo_str name;         /* "subject", "text", "html", "title", "body", "markdown" */
  messo_str content_type; /* "text/plain", "text/html", "text/markdown"; always UTF-8 */
  messo_str body;
} messo_part;

typedef struct messo_attachment {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t handle; /* for host->read_attachment, together with the attempt */
  uint64_t size;   /* bytes */
  messo_str name;  /* file name, no path */
  messo_str content_type;
} messo_attachment;

typedef struct messo_message {
  uint32_t struct_size;
  uint32_t priority;       /* messo_priority */
  messo_id attempt;        /* the token: echoed in the outcome; survives the process */
  messo_id delivery;       /* the same for every attempt: derive Message-IDs, boundaries and idempotency keys from it */
  uint32_t attempt_number; /* from 1 */
  uint32_t reserved;
  int64_t created_ms;     /* Unix ms, the same for every attempt: the Date of the message */
  int64_t send_before_ms; /* Unix ms: past it, answer try_later instead of sending (the hub will expire it) */
  int64_t answer_by_ms;   /* Unix ms: past it the hub treats the attempt as unknown; a late outcome still settles it */
  messo_str channel;      /* "pec", "email", "sms", "push", "io", "webhook" */
  messo_str to;           /* normalised address */
  messo_str to_name;      /* may be empty */
  messo_str from;         /* sender address or id; empty: the provider's own default */
  messo_str from_name;
  messo_str reply_to;
  messo_str language;  /* BCP 47 */
  messo_str meta_json; /* object: reference, protocol, case, organisation, service, recipient's fiscal_code where the channel needs it */
  const messo_part* const* parts;
  size_t part_count;
  const messo_attachment* const* attachments;
  size_t attachment_count;
} messo_message;

/* An id by which a later receipt will name this attempt. */
typedef struct messo_reference {
  uint32_t struct_size;
  uint32_t part; /* from 0; a long SMS has several */
  messo_str kind;
  messo_str value;
} messo_reference;

typedef struct messo_outcome {
  uint32_t struct_size;
  uint32_t kind;  /* messo_outcome_kind */
  uint32_t scope; /* messo_scope */
  uint32_t flags; /* messo_outcome_flag */
  messo_id attempt;
  int64_t retry_after_ms; /* the provider's wish; < 0: the hub decides */
  messo_str code;         /* stable, machine readable: "smtp.550-5.1.1" */
  messo_str public_text;  /* safe to show to the sending application: no address, no free text of the provider */
  messo_str private_text; /* for the log only */
  const messo_reference* const* references;
  size_t reference_count;
} messo_outcome;

enum messo_receipt_kind { MESSO_RECEIPT_DELIVERED = 1, MESSO_RECEIPT_UNDELIVERED = 2, MESSO_RECEIPT_MILESTONE = 3 };
enum messo_milestone {
  MESSO_MILESTONE_NONE = 0,
  MESSO_MILESTONE_ACCEPTED = 1,
  MESSO_MILESTONE_WARNING_12H = 2,
  MESSO_MILESTONE_READ = 3,
  MESSO_MILESTONE_PAID = 4,
  MESSO_MILESTONE_DELAYED = 5,
  /* The recipient told their provider that they do not want such messages; it may have been read or not. With scope DESTINATION the hub
   * stops writing courtesy messages to the address. */
  MESSO_MILESTONE_COMPLAINED = 6
};
enum messo_verification { MESSO_VALID = 1, MESSO_UNTRUSTED = 2, MESSO_EXPIRED = 3, MESSO_NOT_CHECKED = 4, MESSO_INVALID = 5 };

/* What came back later. Unique by (provider, dedupe_key): reporting it twice does no harm. */
typedef struct messo_receipt {
  uint32_t struct_size;
  uint32_t kind;         /* messo_receipt_kind */
  uint32_t milestone;    /* messo_milestone */
  uint32_t verification; /* messo_verification */
  int64_t at_ms;         /* when it happened, as the provider says */
  messo_str dedupe_key;
  messo_str code;
  messo_str public_text;
  messo_str raw;                            /* byte-exact material to keep as evidence; may be empty */
  const messo_reference* const* references; /* none: kept and shown, matched with nothing */
  size_t reference_count;
  uint32_t scope; /* messo_scope; DESTINATION on MESSO_RECEIPT_UNDELIVERED: the address itself is bad; on MESSO_MILESTONE_COMPLAINED: its
                   * owner does not want to be written to */
  uint32_t reserved;
  /* Further ids by which later receipts may name the same message (PEC: identificativo); kept when this one is matched and settles. */
  const messo_reference* const* learned;
  size_t learned_count;
} messo_receipt;

/* Given to create(); outlives the instance. */
typedef struct messo_host {
  uint32_t struct_size;
  uint32_t abi_minor;
  void* ctx;
  /* [any] Exactly one first outcome per submitted attempt; later ones are kept as late outcomes. Copies what it needs, does not block on
   * I/O. */
  void (*on_outcome)(void* ctx, const messo_outcome* outcome);
  /* [any] How many messages without a first outcome the plugin is willing to hold at once, from now on (absolute, replaces the last grant).
   * Nothing is submitted before the first grant (call it from start()). pause_until_ms > 0: nothing before that time; reason is shown to
   * operators ("535 5.7.8 wrong user name or password: check username and password of the provider"). */
  void (*credits)(void* ctx, uint32_t messages, int64_t pause_until_ms, messo_str reason);
  /* [any] Until the attempt's first outcome. Returns bytes read (0 at the end) or a MESSO_E_ code. May block on the disk. */
  int64_t (*read_attachment)(void* ctx, const messo_id* attempt, uint64_t handle, uint64_t offset, void* into, size_t length);
  /* [any] Returns MESSO_OK when the receipts are durable; only then may the provider's copy be acknowledged. Blocks. */
  int32_t (*on_receipts)(void* ctx, const messo_receipt* const* receipts, size_t count);
  /* [any] At most 64 KiB; returns MESSO_OK when durable. The extension resume/1 gets it back after a crash. Blocks. */
  int32_t (*checkpoint)(void* ctx, const messo_id* attempt, messo_str bytes);
  /* [any] No addresses, no content, no secrets. id: stable, "smtp.connect_failed". */
  void (*log)(void* ctx, uint32_t level, messo_str id, messo_str text);
  int64_t (*now_ms)(void* ctx);    /* [any] Unix ms; may step */
  int64_t (*steady_ms)(void* ctx); /* [any] monotonic ms */
  /* [control] A named host service ("metrics/1", "http/1"), or NULL. */
  const void* (*extension)(void* ctx, const char* id);
  /* [any] Channels with evidence ("pec"): the message byte for byte as it is about to be handed over, at most 128 MiB, and the references
   * by which receipts will name it. Once per attempt, before the first byte leaves: hand over only after MESSO_OK, both are durable then.
   * Until the attempt's first outcome. Blocks on the disk. MESSO_E_NOT_FOUND: the attempt is not this instance's, or has its outcome;
   * MESSO_E_INVALID: no bytes, too many, other bytes than before, or a reference that could not be matched; MESSO_E_IO: the store is not
   * there.
   * Channels without evidence may give no bytes (len 0) and at least one reference, of every part: only the references are kept then, so
   * that a receipt finds the attempt, and settles its doubt, even if no outcome ever comes. May be repeated; the outcome may name the same
   * ones and more. */
  int32_t (*keep_as_sent)(void* ctx, const messo_id* attempt, messo_str bytes, const messo_reference* const* references, size_t count);
} messo_host;

typedef struct messo_instance messo_instance; /* opaque, the plugin's own */

/* What the entry symbol returns: static, valid as long as the library is mapped. */
typedef struct messo_channel {
  uint32_t struct_size;
  uint32_t abi_minor;
  const char* name;               /* bare library name: "smtp" */
  const char* version;            /* semantic version */
  const char* const* channels;    /* NULL-terminated: "email", "pec", ... */
  const char* const* extensions;  /* NULL-terminated names with version: "simulated/1", "probe/1" */
  uint32_t preferred_batch;       /* how many messages one submit() best carries */
  uint32_t max_batch;             /* and at most */
  const char* config_schema_json; /* JSON Schema draft 7, additionalProperties false, descriptions, defaults, "x-secret": true on secrets */

  /* [control] config_json was validated against the schema, defaults filled in, secrets in place. NULL on failure with `error` filled:
   * a sentence naming the field and the remedy. No network here. */
  messo_instance* (*create)(messo_str config_json, const messo_host* host, messo_buffer* error);
  /* [control] Starts threads and grants credits; must not wait for the network. */
  int32_t (*start)(messo_instance* instance, messo_buffer* error);
  /* [worker] Copies the batch and returns at once. MESSO_OK: every attempt gets exactly one first outcome, now or later. */
  int32_t (*submit)(messo_instance* instance, const messo_message* const* batch, size_t count);
  /* [control] Finishes what is on the wire within drain_ms, gives the rest back (try_later with MESSO_FLAG_THROTTLED). Every attempt has
   * had its outcome and nothing calls the host any more once it returns. */
  void (*stop)(messo_instance* instance, int64_t drain_ms);
  void (*destroy)(messo_instance* instance); /* [control] after stop(), or when start() failed */
  /* [control] The table of a named extension the plugin lists (structs below), or NULL. */
  const void* (*extension)(const char* id);
} messo_channel;

/* No side effects: may be called only to list plugins. */
typedef const messo_channel* (*messo_entry_fn)(void); /* NOLINT(modernize-redundant-void-arg): this is C */

/* ---- extensions: tables returned by messo_channel.extension ---------------------------------------------------------------------------
 * "simulated/1"  no table: deliveries end as `simulated`, never as sent.
 * "concurrent/1" no table: submit() may be called by several threads at once. */

typedef struct messo_probe_v1 { /* "probe/1" */
  uint32_t struct_size;
  /* [worker] Tries the account without sending anything, at most timeout_ms. report: one sentence either way. */
  int32_t (*probe)(messo_instance* instance, int64_t timeout_ms, messo_buffer* report);
} messo_probe_v1;

/* "query/1": what became of an attempt in doubt, of this run of the hub or an earlier one? [worker] Starts the question and returns at
 * once; the answer comes through on_outcome, or never: MESSO_SENT or MESSO_PENDING (the provider has it), MESSO_REFUSED, MESSO_TRY_LATER
 * (it certainly does not have it: the hub sends again), MESSO_UNKNOWN (ask again later). Returns MESSO_OK; MESSO_E_BUSY: ask later;
 * MESSO_E_NOT_FOUND: there is no way to tell of this attempt, an operator has to decide. references: what earlier outcomes named. */
typedef struct messo_query_v1 {
  uint32_t struct_size;
  int32_t (*query)(messo_instance* instance, const messo_id* attempt, const messo_reference* const* references, size_t count);
} messo_query_v1;

typedef struct messo_cancel_v1 { /* "cancel/1": take back what was submitted if it has not left; outcome refused "cancelled" if so */
  uint32_t struct_size;
  int32_t (*cancel)(messo_instance* instance, const messo_id* attempt);
} messo_cancel_v1;

typedef struct messo_resume_v1 { /* "resume/1": go on with an attempt from its checkpoint after a restart, instead of doubt */
  uint32_t struct_size;
  int32_t (*resume)(messo_instance* instance, const messo_message* message, messo_str checkpoint);
} messo_resume_v1;

/* "measure/1": what a message will cost, without sending: units of what the channel is paid by (segments of SMS), the same for the same
 * message. [worker] Returns at once, without the network. report: one sentence, without content; why, when the code is not MESSO_OK. */
typedef struct messo_measure_v1 {
  uint32_t struct_size;
  int32_t (*measure)(messo_instance* instance, const messo_message* message, uint64_t* units, messo_buffer* report);
} messo_measure_v1;

typedef struct messo_balance_v1 { /* "balance/1": what is left on the account */
  uint32_t struct_size;
  /* [worker] Asks the provider, at most timeout_ms. MESSO_OK: json is an object, all members optional but one of the first and the third:
   * {"amount": "12.34", "currency": "EUR", "messages": 830, "text": "one sentence"}. amount: decimal text, at most 15 digits before and 6
   * behind the point; currency: ISO 4217; messages: how many more may be sent; text: without account data. MESSO_E_NOT_FOUND: an account of
   * this configuration has none that could be asked for. Others: json holds a sentence for operators instead. */
  int32_t (*balance)(messo_instance* instance, int64_t timeout_ms, messo_buffer* json);
} messo_balance_v1;

/* ---- receipts that the hub fetches or is called with ------------------------------------------------------------------------------------
 * Calls of these two tables come from hub threads of their own and may run while submit() does, and beside each other: guard what they
 * share. A call that does not return within its time is left behind and the next one is refused until it does. stop() may come while they
 * run: let them return soon; destroy() comes after that. What is given to a sink is copied. */

/* One message of a mailbox, one row of an account's report list: whatever the provider hands out as a unit. */
typedef struct messo_poll_item {
  uint32_t struct_size;
  uint32_t failed;   /* not 0: the item could not be read; receipts are not looked at, problem says why */
  messo_str id;      /* of the item in its mailbox, the same at every poll; at most 512 bytes */
  messo_str code;    /* failed: stable, "pec.bad_signature_container" */
  messo_str problem; /* failed: a sentence for operators, without content or addresses */
  messo_str raw;     /* the item byte for byte, kept when it ends in quarantine; may be empty */
  const messo_receipt* const* receipts;
  size_t receipt_count; /* 0: nothing of ours; the item counts as taken */
} messo_poll_item;

typedef struct messo_poll_request {
  uint32_t struct_size;
  uint32_t limit;         /* items at most, those of `again` beside them */
  messo_str mailbox;      /* as mailboxes() named it */
  messo_str cursor;       /* the last durable one; empty at first */
  const messo_str* again; /* ids to be handed out once more, wherever the cursor is; what is gone is left out */
  size_t again_count;
  int64_t timeout_ms; /* give up before */
} messo_poll_request;

/* What poll() fills; given by the hub, used within the call only, on the calling thread. */
typedef struct messo_poll_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void* ctx;
  /* MESSO_OK: taken. Anything else: no room, end the poll before this item. */
  int32_t (*item)(void* ctx, const messo_poll_item* item);
  /* Where the next poll shall begin, at most 4096 bytes; more not 0: poll again at once. Once, at the end. */
  void (*done)(void* ctx, messo_str cursor, uint32_t more);
} messo_poll_sink;

typedef struct messo_mailbox_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void* ctx;
  /* name: at most 255 bytes, stable: the cursor is kept under it. interval_ms: how often to poll; 0: the hub decides. */
  void (*mailbox)(void* ctx, messo_str name, int64_t interval_ms);
} messo_mailbox_sink;

typedef struct messo_receipts_poll_v1 { /* "receipts.poll/1": the hub leases each mailbox, one poller for each over all nodes */
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker] What the configuration names. No network. */
  int32_t (*mailboxes)(messo_instance* instance, const messo_mailbox_sink* sink, messo_buffer* error);
  /* [worker] One call at a time per mailbox. Hands out what came after the cursor, oldest first, and marks nothing at the provider. Not
   * MESSO_OK: nothing of this poll counts, the hub waits longer and polls again; error is a sentence for operators. */
  int32_t (*poll)(messo_instance* instance, const messo_poll_request* request, const messo_poll_sink* sink, messo_buffer* error);
  /* [worker] These items and their receipts are durable: the provider's copies may be marked, moved or deleted. Repeated after a crash, so
   * an id that is gone is no error. */
  int32_t (*ack)(messo_instance* instance, messo_str mailbox, const messo_str* ids, size_t count, int64_t timeout_ms, messo_buffer* error);
} messo_receipts_poll_v1;

typedef struct messo_http_request {
  uint32_t struct_size;
  uint32_t reserved;
  messo_str method;         /* "POST", "GET" */
  messo_str path;           /* as it was sent */
  messo_str query;          /* without "?", as it was sent */
  messo_str headers_json;   /* object: names in lower case; a name sent twice has its values joined by ", " */
  messo_str body;           /* byte for byte */
  messo_str client_address; /* of the connection: behind a reverse proxy it is the proxy's */
  messo_str url;            /* the whole of it as the provider wrote it, as far as the hub knows; some signatures cover it */
} messo_http_request;

/* What on_request() fills; used within the call only, on the calling thread. */
typedef struct messo_callback_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void* ctx;
  /* MESSO_OK: taken, and durable before the answer goes out. MESSO_E_INVALID: no receipt at all; nothing of this call counts. */
  int32_t (*receipt)(void* ctx, const messo_receipt* receipt);
  /* The answer once everything is durable: status 200..599, body at most 64 KiB. Left out: 204. What cannot be stored is answered 503
   * whatever was said here, so that the provider calls again. */
  void (*answer)(void* ctx, uint32_t status, messo_str content_type, messo_str body);
} messo_callback_sink;

typedef struct messo_receipts_callback_v1 { /* "receipts.callback/1": a provider calls the address the hub gave it */
  uint32_t struct_size;
  uint32_t reserved;
  /* [worker] One call at a time. Checks signature or secret before anything else (answer 401 or 403, no receipt). No network. Not MESSO_OK:
   * answered 500, nothing counts. */
  int32_t (*on_request)(messo_instance* instance, const messo_http_request* request, const messo_callback_sink* sink, messo_buffer* error);
} messo_receipts_callback_v1;

/* True when member m of *p is inside what the other side compiled. */
#define MESSO_HAS(p, type, m) ((p)->struct_size >= offsetof(type, m) + sizeof((p)->m))

#ifdef __cplusplus
}
#endif
#endif
