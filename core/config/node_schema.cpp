// Every key of the node's configuration: name, type, default, bounds, meaning. config/messo.toml and docs/configuration.md are tested
// against it.
#include "config/node_config.hpp"

namespace messo {
namespace {

using enum ValueType;

constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kDay = 86'400'000;

constexpr Key plain(std::string_view name, ValueType type, const char* fallback, std::string_view description) {
  return {.name = name, .type = type, .description = description, .fallback = fallback};
}
constexpr Key bounded(std::string_view name, ValueType type, const char* fallback, std::int64_t min, std::int64_t max,
                      std::string_view description) {
  return {.name = name, .type = type, .description = description, .fallback = fallback, .min = min, .max = max};
}
constexpr Key one_of(std::string_view name, std::string_view choices, const char* fallback, std::string_view description) {
  return {.name = name, .type = choice, .description = description, .fallback = fallback, .choices = choices};
}
constexpr Key section(std::string_view name, std::span<const Key> keys, std::string_view description) {
  return {.name = name, .type = table, .description = description, .keys = keys};
}
// Taken over at SIGHUP.
constexpr Key live(Key key) {
  key.reload = Reload::live;
  return key;
}

constexpr Key kNode[] = {
    bounded("name", text, "", 0, 63, "The name of this node in logs and in the history of each attempt. Empty: the host's name."),
    bounded("drain", duration, "20 s", 100, 600'000,
            "How long a stop waits for messages that are already on the wire. What is not finished then is given back and goes out after "
            "the next start."),
};

constexpr Key kFolders[] = {
    plain("data", text, "messo-data",
          "Where everything is kept that must survive: database, attachments, evidence, master key, messages of test mode. The daemon's "
          "user owns it; nobody else may enter."),
    plain("plugins", text, "",
          "Where the channel plugins (*.so) are. Only root or the daemon's user may be able to write there. Empty: the folder `plugins` "
          "beside the program's own, or /usr/lib/messo/plugins."),
};

constexpr Key kTls[] = {
    plain("certificate", text, "",
          "Certificate chain of the public listener, PEM, its own first. A renewed file is read at SIGHUP. Empty: no TLS, to be put "
          "behind a reverse proxy that has it."),
    plain("key", text, "", "Its private key, PEM, without a passphrase. The daemon's user reads it; nobody else should."),
};

constexpr Key kListen[] = {
    bounded("public", text, "127.0.0.1:8780", 1, 255,
            "Address of the API for sending applications, \"host:port\". Port 0 takes a free one."),
    bounded("admin", text, "127.0.0.1:8781", 1, 255, "Address of administration and /metrics. Never reachable from outside."),
    bounded("socket", text, "messo.sock", 1, 100,
            "Unix socket of the command line. Root and the daemon's user may connect and administer the hub. Relative to the data folder."),
    bounded("socket_group", text, "", 0, 63, "A Unix group whose members may use the socket too, and so administer the hub. Empty: none."),
    bounded("public_url", text, "", 0, 255,
            "How applications reach the public listener, like \"https://messo.comune.example.it\": `Location` and the links in answers "
            "begin with it. Empty: as the Host of each request says, which a reverse proxy has to pass on."),
    section("tls", kTls, "TLS of the public listener."),
};

constexpr Key kHttp[] = {
    bounded("connections", integer, "2000", 8, 20'000,
            "Connections served at once on the public listener. Each costs a thread (about 25 KiB)."),
    bounded("connections_per_address", integer, "128", 0, 20'000,
            "Of these at most so many from one address; 0: no limit. This machine's own (a reverse proxy) are not counted."),
    bounded("request_deadline", duration, "30 s", 1'000, 600'000, "A request must have arrived whole within this time."),
    bounded("keep_alive", duration, "15 s", 100, 600'000, "An idle connection is closed after this time."),
    bounded("max_body", size, "16 MiB", 64 * 1024, 256 * 1024 * 1024,
            "Largest request body. Attachments travel inside it in base64, which makes them a third larger."),
    bounded("bodies_in_memory", size, "256 MiB", 1024 * 1024, 64LL << 30,
            "Request bodies being received, all connections together. Past it requests are answered 503."),
};

constexpr Key kAdmission[] = {
    live(bounded("max_open", integer, "5000000", 1, 1'000'000'000,
                 "Messages not ended yet. Past it new ones are answered 503 with Retry-After, while delivery goes on.")),
    live(bounded("min_free", size, "256 MiB", 1024 * 1024, kNoEnd,
                 "Free space that must remain on the disk of the store. Below it new messages are answered 503.")),
    live(bounded("max_waiting", size, "64 MiB", 1024 * 1024, 16LL << 30,
                 "Memory of requests waiting for their commit. Past it new ones are answered 503.")),
};

constexpr Key kRetention[] = {
    live(bounded("content", duration, "90 d", kDay, 36'500 * kDay,
                 "Personal data and content (addresses, template data, attachments) of a message, counted from its end. Whole days.")),
    live(bounded("ledger", duration, "730 d", kDay, 36'500 * kDay,
                 "History of a message without personal data, counted from its end. Whole days.")),
    live(bounded("legal", duration, "3653 d", kDay, 36'500 * kDay,
                 "The same for messages of class `legal`, and their evidence. Whole days.")),
    live(bounded("idempotency", duration, "7 d", kDay, 365 * kDay, "How long an Idempotency-Key is remembered. Whole days.")),
};

constexpr Key kStore[] = {
    bounded("file", text, "messo.db", 1, kNoEnd, "The database file. Relative to the data folder. One daemon alone may have it open."),
    plain("master_key", secret, "file:master.key",
          "The key that seals passwords of providers inside the database: 32 bytes in hex or base64. A file that does not exist is made at "
          "the first start (mode 0600). Keep a copy elsewhere: without it sealed secrets are lost. Relative to the data folder."),
    bounded("cache", size, "16 MiB", 1024 * 1024, 64LL << 30, "Page cache of the database."),
    plain("seal_content", boolean, "false",
          "Seal personal data and attachments at rest with the master key too. Costs some processor time for each message."),
    section("admission", kAdmission, "Limits past which intake says no, so that delivery goes on."),
    section("retention", kRetention, "How long things are kept. Unsent messages are never removed."),
};

constexpr Key kDispatch[] = {
    bounded("window", integer, "2000", 16, 100'000,
            "Due messages held in memory at once. Memory does not grow with the queue, only with this."),
    bounded("batch", integer, "256", 1, 4'096, "Messages leased in one transaction. More is quicker under load, fewer is fairer."),
    bounded("in_hand", integer, "8192", 1, 1'000'000, "Messages with all providers together that have no outcome yet."),
};

constexpr Key kDoubt[] = {
    bounded("warn_above", integer, "20", 0, 1'000'000'000, "/status is degraded when more messages than this are in doubt at once."),
    bounded("warn_age", duration, "15 min", 1'000, 365 * kDay, "And when one has been in doubt for longer than this."),
};

constexpr Key kPolls[] = {
    bounded("every", duration, "30 s", 100, kDay, "How often a mailbox is looked into where neither it nor its provider's settings say."),
    bounded("deadline", duration, "60 s", 1'000, 600'000,
            "One look must have ended within this time, with all it brings; otherwise the mailbox counts as hanging."),
    bounded("longest_wait", duration, "15 min", 1'000, kDay,
            "A mailbox that fails is tried again after 5 s, then ever more rarely, but at least this often."),
    bounded("quarantine_after", integer, "3", 1, 100, "An item that cannot be read so many times is set aside for an operator."),
};
constexpr Key kCalls[] = {
    bounded("max_body", size, "256 KiB", 1024, 16 << 20, "Largest body of a call; where http.max_body is less, that counts. Past it: 413."),
    bounded("per_second", integer, "500", 1, 100'000, "Calls a second of one provider. Past it: 429."),
    bounded("per_address", integer, "100", 1, 100'000,
            "Of these at most so many a second from one address. This machine's own (a reverse proxy) are not counted."),
    bounded("deadline", duration, "10 s", 100, 60'000, "The plugin must have read a call within this time. Past it: 503, call again."),
};
constexpr Key kReceipts[] = {
    bounded("pec_acceptance", duration, "30 min", 1'000, kDay,
            "/status is degraded when certified mail that was handed over has not been accepted by its provider for longer than this."),
    section("poll", kPolls, "Looking into mailboxes."),
    section("calls", kCalls, "Calls of providers to /v1/callbacks: whoever knows the address may knock."),
};

constexpr Key kLog[] = {
    live(one_of("format", "text|json", "text", "Lines for people, or one JSON object a line for machines. They go to standard error.")),
    live(one_of("level", "debug|info|warning|error", "info", "The least serious lines that are written.")),
    plain("access_log", boolean, "false",
          "One line for each request (MSO-1610: method, route, status, time, key; never content) at level info. Otherwise they are written "
          "at level debug only."),
};

constexpr Key kSections[] = {
    section("node", kNode, "The daemon itself."),
    section("folders", kFolders, "Relative paths are taken from the folder of this file."),
    section("listen", kListen, "Where it listens."),
    section("http", kHttp, "What the public listener puts up with."),
    section("store", kStore, "The embedded database."),
    section("dispatch", kDispatch, "Sending."),
    section("doubt", kDoubt, "Messages a provider may have or not: nobody knows (docs/doubts.md). `messo doubt list` shows them."),
    section("receipts", kReceipts, "What comes back later from providers (docs/receipts.md)."),
    section("log", kLog, "The log."),
};

}  // namespace

std::span<const Key> node_schema() { return kSections; }

}  // namespace messo
