// How receipts come from a provider whose plugin does not push them by itself: fetched from mailboxes, or brought by the provider's calls
// (extensions receipts.poll/1 and receipts.callback/1). The plugin border is behind it, or a double in tests.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/outcome.hpp"

namespace messo {

struct Mailbox {
  std::string name;  // stable: the cursor is kept under it
  Millis every{0};   // 0: the hub decides
};

struct PollOrder {
  std::string mailbox, cursor;
  std::vector<std::string> again;  // ids to be handed out once more, wherever the cursor is
  std::size_t limit = 100;         // items, beside `again`
};
struct PolledItem {
  std::string id;
  std::vector<Receipt> receipts;  // with raw_bytes; none: nothing of ours
  std::string code, problem;      // not empty: it could not be read
  std::string raw;                // the item byte for byte, where it could not be read; may be empty
  bool failed() const { return !code.empty(); }
};
struct PolledPage {
  std::vector<PolledItem> items;
  std::string cursor;
  bool more = false;
};

// A provider's call, as it came.
struct ReceiptCall {
  std::string method, path, query, headers_json, body, client_address, url;
};
struct ReceiptCallAnswer {
  int status = 204;
  std::string content_type, body;
  std::vector<Receipt> receipts;  // with raw_bytes; to be durable before the answer goes out
};

// Thread-safe. Every call ends within about `limit`, whatever the plugin does: what has not returned then is left behind, and the next call
// of its kind is refused until it has. Errors, all `unavailable`: "provider_stopped", "plugin_hangs", "poll_failed", "page_too_large" (ask
// for fewer items), "ack_failed", "call_failed", each with the plugin's sentence where it gave one; overloaded "calls_waiting".
class ReceiptPort {
 public:
  virtual ~ReceiptPort() = default;
  virtual bool polls() const = 0;
  virtual bool takes_calls() const = 0;
  virtual Result<std::vector<Mailbox>> mailboxes(Millis limit) = 0;
  // One call at a time per mailbox.
  virtual Result<PolledPage> poll(const PollOrder& order, Millis limit) = 0;
  virtual Status ack(const std::string& mailbox, std::span<const std::string> items, Millis limit) = 0;
  // Calls wait for each other; at most kMostWaiting do.
  virtual Result<ReceiptCallAnswer> call(const ReceiptCall& request, Millis limit) = 0;
  static constexpr std::size_t kMostWaiting = 64;
};
using ReceiptPortPtr = std::shared_ptr<ReceiptPort>;

}  // namespace messo
