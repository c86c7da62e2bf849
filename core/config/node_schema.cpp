// Every key of the node's configuration: name, type, default, bounds, meaning. config/messo.toml and docs/configuration.md are tested
// against it.
#include "config/node_config.hpp"

namespace messo {
namespace {

using enum ValueType;

constexpr Key kNode[] = {
    {.name = "name",
     .description = "The name of this node in logs and in the history of each attempt. Empty: the host's name.",
     .fallback = "",
     .max = 63},
    {.name = "drain",
     .type = duration,
     .description =
         "How long a stop waits for messages that are already on the wire. What is not finished then is given back and goes out after "
         "the next start.",
     .fallback = "20 s",
     .min = 100,
     .max = 600'000},
};

constexpr Key kFolders[] = {
    {.name = "data",
     .description =
         "Where everything is kept that must survive: database, attachments, evidence, master key, messages of test mode. The daemon's "
         "user owns it; nobody else may enter.",
     .fallback = "messo-data"},
    {.name = "plugins",
     .description =
         "Where the channel plugins (*.so) are. Only root or the daemon's user may be able to write there. Empty: the folder `plugins` "
         "beside the program's own, or /usr/lib/messo/plugins.",
     .fallback = ""},
};

constexpr Key kTls[] = {
    {.name = "certificate",
     .description = "Certificate chain of the public listener, PEM. Empty: no TLS, to be put behind a reverse proxy that has it.",
     .fallback = ""},
    {.name = "key", .description = "Its private key, PEM. The daemon's user reads it; nobody else should.", .fallback = ""},
};

constexpr Key kListen[] = {
    {.name = "public",
     .description = "Address of the API for sending applications, \"host:port\". Port 0 takes a free one.",
     .fallback = "127.0.0.1:8780",
     .min = 1,
     .max = 255},
    {.name = "admin",
     .description = "Address of administration and /metrics. Never reachable from outside.",
     .fallback = "127.0.0.1:8781",
     .min = 1,
     .max = 255},
    {.name = "socket",
     .description =
         "Unix socket of the command line. Root and the daemon's user may connect and administer the hub. Relative to the data folder.",
     .fallback = "messo.sock",
     .min = 1,
     .max = 100},
    {.name = "socket_group",
     .description = "A Unix group whose members may use the socket too, and so administer the hub. Empty: none.",
     .fallback = "",
     .max = 63},
    {.name = "tls", .type = table, .description = "TLS of the public listener.", .keys = kTls},
};

constexpr Key kHttp[] = {
    {.name = "connections",
     .type = integer,
     .description = "Connections served at once on the public listener. Each costs a thread (about 25 KiB).",
     .fallback = "2000",
     .min = 8,
     .max = 20'000},
    {.name = "connections_per_address",
     .type = integer,
     .description = "Of these at most so many from one address; 0: no limit. This machine's own (a reverse proxy) are not counted.",
     .fallback = "128",
     .max = 20'000},
    {.name = "request_deadline",
     .type = duration,
     .description = "A request must have arrived whole within this time.",
     .fallback = "30 s",
     .min = 1'000,
     .max = 600'000},
    {.name = "keep_alive",
     .type = duration,
     .description = "An idle connection is closed after this time.",
     .fallback = "15 s",
     .min = 100,
     .max = 600'000},
    {.name = "max_body",
     .type = size,
     .description = "Largest request body. Attachments travel inside it in base64, which makes them a third larger.",
     .fallback = "16 MiB",
     .min = 64 * 1024,
     .max = 256 * 1024 * 1024},
    {.name = "bodies_in_memory",
     .type = size,
     .description = "Request bodies being received, all connections together. Past it requests are answered 503.",
     .fallback = "256 MiB",
     .min = 1024 * 1024,
     .max = 64LL << 30},
};

constexpr Key kAdmission[] = {
    {.name = "max_open",
     .type = integer,
     .description = "Messages not ended yet. Past it new ones are answered 503 with Retry-After, while delivery goes on.",
     .fallback = "5000000",
     .min = 1,
     .max = 1'000'000'000,
     .reload = Reload::restart},
    {.name = "min_free",
     .type = size,
     .description = "Free space that must remain on the disk of the store. Below it new messages are answered 503.",
     .fallback = "256 MiB",
     .min = 1024 * 1024,
     .reload = Reload::restart},
    {.name = "max_waiting",
     .type = size,
     .description = "Memory of requests waiting for their commit. Past it new ones are answered 503.",
     .fallback = "64 MiB",
     .min = 1024 * 1024,
     .max = 16LL << 30,
     .reload = Reload::restart},
};

constexpr std::int64_t kDay = 86'400'000;
constexpr Key kRetention[] = {
    {.name = "content",
     .type = duration,
     .description = "Personal data and content (addresses, template data, attachments) of a message, counted from its end. Whole days.",
     .fallback = "90 d",
     .min = kDay,
     .max = 36'500 * kDay,
     .reload = Reload::live},
    {.name = "ledger",
     .type = duration,
     .description = "History of a message without personal data, counted from its end. Whole days.",
     .fallback = "730 d",
     .min = kDay,
     .max = 36'500 * kDay,
     .reload = Reload::live},
    {.name = "legal",
     .type = duration,
     .description = "The same for messages of class `legal`, and their evidence. Whole days.",
     .fallback = "3653 d",
     .min = kDay,
     .max = 36'500 * kDay,
     .reload = Reload::live},
    {.name = "idempotency",
     .type = duration,
     .description = "How long an Idempotency-Key is remembered. Whole days.",
     .fallback = "7 d",
     .min = kDay,
     .max = 365 * kDay,
     .reload = Reload::live},
};

constexpr Key kStore[] = {
    {.name = "file",
     .description = "The database file. Relative to the data folder. One daemon alone may have it open.",
     .fallback = "messo.db",
     .min = 1},
    {.name = "master_key",
     .type = secret,
     .description =
         "The key that seals passwords of providers inside the database: 32 bytes in hex or base64. A file that does not exist is made at "
         "the first start (mode 0600). Keep a copy elsewhere: without it sealed secrets are lost. Relative to the data folder.",
     .fallback = "file:master.key"},
    {.name = "cache",
     .type = size,
     .description = "Page cache of the database.",
     .fallback = "32 MiB",
     .min = 1024 * 1024,
     .max = 64LL << 30},
    {.name = "seal_content",
     .type = boolean,
     .description = "Seal personal data at rest with the master key too. Costs some processor time for each message.",
     .fallback = "false"},
    {.name = "admission", .type = table, .description = "Limits past which intake says no, so that delivery goes on.", .keys = kAdmission},
    {.name = "retention", .type = table, .description = "How long things are kept. Unsent messages are never removed.", .keys = kRetention},
};

constexpr Key kDispatch[] = {
    {.name = "window",
     .type = integer,
     .description = "Due messages held in memory at once. Memory does not grow with the queue, only with this.",
     .fallback = "2000",
     .min = 16,
     .max = 100'000},
    {.name = "batch",
     .type = integer,
     .description = "Messages leased in one transaction. More is quicker under load, fewer is fairer.",
     .fallback = "256",
     .min = 1,
     .max = 4'096},
    {.name = "in_hand",
     .type = integer,
     .description = "Messages with all providers together that have no outcome yet.",
     .fallback = "8192",
     .min = 1,
     .max = 1'000'000},
};

constexpr Key kLog[] = {
    {.name = "format",
     .type = choice,
     .description = "Lines for people, or one JSON object a line for machines. They go to standard error.",
     .fallback = "text",
     .choices = "text|json",
     .reload = Reload::live},
    {.name = "level",
     .type = choice,
     .description = "The least serious lines that are written.",
     .fallback = "info",
     .choices = "debug|info|warning|error",
     .reload = Reload::live},
};

constexpr Key kSections[] = {
    {.name = "node", .type = table, .description = "The daemon itself.", .keys = kNode},
    {.name = "folders", .type = table, .description = "Relative paths are taken from the folder of this file.", .keys = kFolders},
    {.name = "listen", .type = table, .description = "Where it listens.", .keys = kListen},
    {.name = "http", .type = table, .description = "What the public listener puts up with.", .keys = kHttp},
    {.name = "store", .type = table, .description = "The embedded database.", .keys = kStore},
    {.name = "dispatch", .type = table, .description = "Sending.", .keys = kDispatch},
    {.name = "log", .type = table, .description = "The log.", .keys = kLog},
};

}  // namespace

std::span<const Key> node_schema() { return kSections; }

}  // namespace messo
