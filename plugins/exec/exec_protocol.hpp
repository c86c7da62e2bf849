// The protocol of a channel in a program of its own: JSON-RPC 2.0, one message a line (README.md). From the border's values to JSON and
// back; what the program says is hostile until it was read here. Pure.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "messo_channel.hpp"

namespace exec {

inline constexpr int kProtocol = 1;
// The bounds of the border inside the daemon, as far as they show in what a program may say.
inline constexpr std::size_t kMaxLine = 64U << 20;    // bytes without a line break: an item of 32 MiB in base64 fits
inline constexpr std::size_t kMaxValues = 1'000'000;  // JSON values of a line
inline constexpr std::size_t kMaxNesting = 64;        // of lists and objects in each other
inline constexpr std::size_t kMostMailboxes = 1000;
inline constexpr std::size_t kMaxMailbox = 255;    // bytes of a mailbox's name
inline constexpr int kCannotSay = -32001;          // error code of `query`: there is no way to tell of this attempt, ever
inline constexpr std::size_t kMaxReceipts = 1000;  // of one `receipt`
inline constexpr std::int64_t kMaxRead = 1 << 20;  // bytes of one `read_attachment`

// JSON-RPC 2.0 §5.1
enum RpcError : int { kParse = -32700, kInvalidRequest = -32600, kNoMethod = -32601, kInvalidParams = -32602, kInternal = -32603 };

// One line each, with its line break.
std::string request_line(std::uint64_t id, std::string_view method, nlohmann::json params);
std::string result_line(const nlohmann::json& id, nlohmann::json result);
std::string error_line(const nlohmann::json& id, int code, std::string_view message);

// Whether a line may be parsed and handled at all: neither too many values nor too deep, whatever else it is.
bool within_bounds(std::string_view line);

nlohmann::json message_json(const messo::plugin::Message& message);

std::optional<messo_id> parse_id(std::string_view text);

struct SaidOutcome {
  messo_id attempt{};
  messo::plugin::Outcome outcome;
};
// Nothing without a readable attempt. An unknown word is read as the most careful value.
std::optional<SaidOutcome> read_outcome(const nlohmann::json& params);
// `receipts`: a list, or the params are one; nothing when one of them is none, with the reason in `problem`.
std::optional<std::vector<messo::plugin::Receipt>> read_receipts(const nlohmann::json& params, std::string& problem);

// What the program says of itself.
struct Description {
  std::string name, version;
  std::vector<std::string> channels;
  nlohmann::json schema;  // null: it has none
  std::optional<std::uint32_t> credits;
  bool queries = false, polls = false, takes_calls = false;  // extensions: "query/1", "receipts.poll/1", "receipts.callback/1"
  bool balance = false;                                      // "balance/1"
  std::string unknown_extension;                             // the first one that this hub has no use for
};
std::optional<Description> read_description(const nlohmann::json& result, std::string& problem);

// `mailboxes` of the answer to `configure`: names, or objects with name and every_ms. What is none is left out.
std::vector<messo::plugin::PollsReceipts::Mailbox> read_mailboxes(const nlohmann::json& result);
nlohmann::json references_json(const std::vector<messo::plugin::Reference>& references);
nlohmann::json call_json(const messo::plugin::TakesReceiptCalls::Call& call);
// The answers to `poll` and `callback`. Throw std::runtime_error with a sentence for operators when they are none; an item that cannot be
// read fails alone.
messo::plugin::PollsReceipts::Page read_page(const nlohmann::json& result);
messo::plugin::TakesReceiptCalls::Answer read_call_answer(const nlohmann::json& result);

// A member if it is a text; empty otherwise.
std::string text_of(const nlohmann::json& object, const char* name);
std::int64_t number_of(const nlohmann::json& object, const char* name, std::int64_t otherwise);

}  // namespace exec
