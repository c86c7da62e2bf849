// Every key of the apply document. docs/apply.md is tested against it.
#include "config/apply_document.hpp"

namespace messo {
namespace {

using enum ValueType;

constexpr std::string_view kChannelNames = "pec|email|sms|push|io|webhook";
constexpr std::int64_t kMost32 = 4'294'967'295;

constexpr Key kSmsSegments = {.name = "sms_segments_per_day",
                              .type = integer,
                              .description = "Segments of SMS a day; past it SMS are answered 429 until midnight. 0: no limit of its own.",
                              .fallback = "0",
                              .max = 1'000'000'000'000};
constexpr Key kSmsCost = {.name = "sms_cost_per_day",
                          .description =
                              "The same in EUR, like \"120.00\": segments at the segment_cost of the dearest provider they may go "
                              "through. \"0\": no limit of its own.",
                          .fallback = "0",
                          .max = 20};
constexpr Key kOrganisationLimits[] = {kSmsSegments, kSmsCost};
constexpr Key kOrganisation[] = {
    {.name = "key", .type = slug, .description = "Short name, unique in the hub. Never changes.", .required = true},
    {.name = "name", .description = "Name as people read it.", .required = true, .min = 1, .max = 200},
    {.name = "parent", .description = "Key of the organisation above it, if any.", .fallback = "", .max = 63},
    {.name = "weight",
     .type = integer,
     .description = "Share of the sending capacity when several organisations have work.",
     .fallback = "1",
     .min = 1,
     .max = 1000},
    {.name = "limits",
     .type = table,
     .description = "Limits of all its services together, and of those of the organisations below it.",
     .keys = kOrganisationLimits},
    {.name = "retired",
     .type = boolean,
     .description = "No longer used: its keys and services stop working, its history stays.",
     .fallback = "false"},
    {.name = "region",
     .description = "Country whose phone numbers people write without a country code, in two letters (ISO 3166-1). Left out: as of the "
                    "organisation above it, at the top IT.",
     .fallback = "",
     .max = 2},
};

constexpr Key kSender[] = {
    {.name = "address", .description = "Address or sender id that messages come from.", .required = true, .min = 1, .max = 320},
    {.name = "name", .description = "Name shown beside it.", .fallback = "", .max = 200},
    {.name = "reply_to", .description = "Address that answers go to.", .fallback = "", .max = 320},
};
constexpr Key kLimits[] = {
    {.name = "requests_per_second",
     .type = integer,
     .description = "Requests of the service; 0: no limit of its own.",
     .fallback = "0",
     .max = kMost32},
    {.name = "queued",
     .type = integer,
     .description = "Messages of the service not ended yet; past it new ones are answered 429. 0: no limit of its own.",
     .fallback = "0"},
    kSmsSegments,
    kSmsCost,
};
constexpr Key kService[] = {
    {.name = "organisation", .type = slug, .description = "Key of the organisation it belongs to.", .required = true},
    {.name = "key", .type = slug, .description = "Short name, unique in its organisation. Never changes.", .required = true},
    {.name = "name", .description = "Name as people read it.", .required = true, .min = 1, .max = 200},
    {.name = "weight", .type = integer, .description = "Share within its organisation.", .fallback = "1", .min = 1, .max = 1000},
    {.name = "senders",
     .type = named_tables,
     .description = "Who its messages come from, by channel: [service.senders.email].",
     .fallback = "",
     .choices = kChannelNames,
     .keys = kSender},
    {.name = "limits", .type = table, .description = "Limits of its own.", .keys = kLimits},
    {.name = "retired", .type = boolean, .description = "No longer used; its history stays.", .fallback = "false"},
};

constexpr Key kKey[] = {
    {.name = "service", .description = "The service it belongs to, as \"organisation/service\".", .required = true, .min = 3, .max = 127},
    {.name = "name",
     .description = "Which application or installation uses it; unique in its service.",
     .required = true,
     .min = 1,
     .max = 100},
    {.name = "kind",
     .type = choice,
     .description = "Messages posted with a `test` key go the whole way to a simulated provider.",
     .fallback = "live",
     .choices = "live|test"},
    {.name = "scopes", .type = text_list, .description = "What it may do.", .fallback = "send|read", .choices = "send|read|admin"},
    {.name = "secret",
     .type = secret,
     .description = "Where its text is. It is hashed by the command line; only the hash is sent and kept."},
    {.name = "secret_sha256", .description = "Instead of `secret`: the SHA-256 of its text, 64 hexadecimal digits.", .min = 64, .max = 64},
    {.name = "revoked", .type = boolean, .description = "No longer valid, for good.", .fallback = "false"},
};

constexpr Key kRates[] = {
    {.name = "per_second", .type = integer, .description = "Messages a second; 0: no limit.", .fallback = "0", .max = kMost32},
    {.name = "per_minute", .type = integer, .description = "Messages a minute; 0: no limit.", .fallback = "0", .max = kMost32},
    {.name = "per_hour", .type = integer, .description = "Messages an hour; 0: no limit.", .fallback = "0", .max = kMost32},
    {.name = "per_day", .type = integer, .description = "Messages a day; 0: no limit.", .fallback = "0", .max = kMost32},
};
constexpr Key kRetry[] = {
    {.name = "waits",
     .type = duration_list,
     .description = "Waits after each attempt that failed for now; the last one repeats.",
     .required = true,
     .min = 1'000,
     .max = 7 * 86'400'000LL},
    {.name = "max_attempts",
     .type = integer,
     .description = "Attempts at most; 0: until the message expires.",
     .fallback = "0",
     .max = 1000},
};
constexpr Key kProvider[] = {
    {.name = "key", .type = slug, .description = "Short name, unique in the hub. Never changes.", .required = true},
    {.name = "plugin", .description = "Name of the plugin, like \"smtp\".", .required = true, .min = 1, .max = 63},
    {.name = "channel", .type = choice, .description = "The channel it serves.", .required = true, .choices = kChannelNames},
    {.name = "pool",
     .description = "Providers of one pool stand in for each other. Left out: named like the channel.",
     .fallback = "",
     .max = 63},
    {.name = "organisations", .type = text_list, .description = "Keys of the organisations that may use it; empty: all.", .fallback = ""},
    {.name = "weight", .type = integer, .description = "Share of the pool's messages.", .fallback = "1", .min = 1, .max = 1000},
    {.name = "concurrency",
     .type = integer,
     .description = "Messages in its hands at once; 0: as many as the plugin grants.",
     .fallback = "0",
     .max = 100'000},
    {.name = "rates",
     .type = table,
     .description = "Limits over time, shared by all nodes. Where one is 0 the plugin's recommendation counts (the presets of pec).",
     .keys = kRates},
    {.name = "segment_cost",
     .description = "What a segment of an SMS costs, in EUR, like \"0.045\". \"0\": not known, counts nothing.",
     .fallback = "0",
     .max = 20},
    {.name = "on_doubt",
     .type = choice,
     .description =
         "When a crash leaves open whether a message went out: send it again, ask the provider, or hold it for an operator. Left out: "
         "`resend` for email and push, otherwise `hold`.",
     .choices = "resend|ask|hold"},
    {.name = "settle_on",
     .type = text_list,
     .description =
         "Receipts with these verifications change what is known of a message; the others are only kept and shown. `valid` must be "
         "among them.",
     .fallback = "valid",
     .choices = "valid|untrusted|expired|not_checked"},
    {.name = "isolation",
     .type = choice,
     .description = "Where its plugin runs: inside the daemon, or in a process of its own whose end costs only what it held.",
     .fallback = "none",
     .choices = "none|process"},
    {.name = "memory_mb",
     .type = integer,
     .description = "MiB that process may use; 0: no limit. Counts only with isolation = \"process\".",
     .fallback = "512",
     .max = 1'048'576},
    {.name = "retry",
     .type = table,
     .description = "When it tries again. Left out: the channel's habit.",
     .optional = true,
     .keys = kRetry},
    {.name = "enabled", .type = boolean, .description = "Whether it is used now.", .fallback = "true"},
    {.name = "retired", .type = boolean, .description = "No longer used; its history stays.", .fallback = "false"},
    {.name = "config",
     .type = free_table,
     .description = "The plugin's own settings (`messo provider plugins` lists them). A text \"file:PATH\" or \"env:NAME\" is replaced by "
                    "what it names.",
     .fallback = ""},
};

constexpr Key kPause[] = {
    {.name = "scope", .type = choice, .description = "What is paused.", .required = true, .choices = "organisation|service|provider|pool"},
    {.name = "subject", .description = "Its key; a service as \"organisation/service\".", .required = true, .min = 1, .max = 127},
    {.name = "reason", .description = "Shown to operators.", .fallback = "", .max = 500},
    {.name = "paused", .type = boolean, .description = "false ends the pause.", .fallback = "true"},
};

constexpr Key kSmsSender[] = {
    {.name = "organisation", .type = slug, .description = "Key of the organisation it is registered for.", .required = true},
    {.name = "alias",
     .description = "The alphanumeric sender as it is registered: 3 to 11 letters, digits, spaces and . - _ &, with at least one letter.",
     .required = true,
     .min = 1,
     .max = 40},
    {.name = "state",
     .type = choice,
     .description = "How it stands in AGCOM's register; SMS leave only with a registered one.",
     .required = true,
     .choices = "registered|pending|refused"},
    {.name = "registered_on", .description = "Day of the registration, like \"2026-11-22\".", .fallback = "", .max = 10},
    {.name = "note", .description = "For administrators: through whom, under which number.", .fallback = "", .max = 500},
};

constexpr Key kDocument[] = {
    {.name = "organisation", .type = tables, .description = "A public body.", .fallback = "", .keys = kOrganisation},
    {.name = "service",
     .type = tables,
     .description = "A sending application or office of an organisation.",
     .fallback = "",
     .keys = kService},
    {.name = "key", .type = tables, .description = "An API key of a service, whose text you made yourself.", .fallback = "", .keys = kKey},
    {.name = "provider", .type = tables, .description = "A configured plugin that sends.", .fallback = "", .keys = kProvider},
    {.name = "pause", .type = tables, .description = "What must not send for now.", .fallback = "", .keys = kPause},
    {.name = "sms_sender",
     .type = tables,
     .description = "An alphanumeric sender of SMS and its registration.",
     .fallback = "",
     .keys = kSmsSender},
};

}  // namespace

std::span<const Key> apply_schema() { return kDocument; }

}  // namespace messo
