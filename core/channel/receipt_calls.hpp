// The hub's calls into a plugin's receipt extensions, each on a thread of its own with a deadline (core/channel/receipt_port.hpp).
#pragma once
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

#include "channel/plugin_border.hpp"
#include "channel/plugin_catalog.hpp"
#include "channel/receipt_port.hpp"

namespace messo {

class ReceiptCalls final : public ReceiptPort, public std::enable_shared_from_this<ReceiptCalls> {
 public:
  static constexpr std::size_t kMostItemBytes = 32 << 20;  // of one item with its receipts
  static constexpr std::size_t kMostPageBytes = 64 << 20;  // of all items of a poll
  static constexpr std::size_t kMostReceipts = 1000;       // of an item or a call
  static constexpr std::size_t kMostPageReceipts = 5000;   // of all items of a poll
  static constexpr std::size_t kMostMailboxes = 10'000;    // of a provider
  static constexpr std::size_t kMostAnswer = 64 << 10;     // bytes of a call's answer
  static constexpr std::size_t kMaxItemId = 512;
  static constexpr std::size_t kMaxMailbox = 255;
  static constexpr std::size_t kMaxCursor = 4096;

  // The tables may be null; plugin and border are kept for as long as a call runs, `instance` must be: see end().
  ReceiptCalls(PluginPtr plugin, std::shared_ptr<PluginBorder> border, messo_instance* instance, const messo_receipts_poll_v1* poll,
               const messo_receipts_callback_v1* callback);

  bool polls() const override { return poll_ != nullptr; }
  bool takes_calls() const override { return callback_ != nullptr; }
  Result<std::vector<Mailbox>> mailboxes(Millis limit) override;
  Result<PolledPage> poll(const PollOrder& order, Millis limit) override;
  Status ack(const std::string& mailbox, std::span<const std::string> items, Millis limit) override;
  Result<ReceiptCallAnswer> call(const ReceiptCall& request, Millis limit) override;

  // No call is begun any more, and whoever waits for one is told "provider_stopped" now.
  void refuse();
  // Waits until no call is inside the plugin; false when one still is after `limit`: the instance must not be destroyed then.
  bool end(Millis limit);

 private:
  struct Lane {
    bool busy = false;
    std::size_t waiting = 0;
  };
  // Runs `body` on its own thread, as the only call of `lane`; `body` keeps what it needs. Waits at most `limit` for the lane and it
  // together.
  Status bounded(const std::string& lane, Millis limit, std::size_t most_waiting, std::function<void()> body);

  const PluginPtr plugin_;
  const std::shared_ptr<PluginBorder> border_;
  messo_instance* const instance_;
  const messo_receipts_poll_v1* const poll_;
  const messo_receipts_callback_v1* const callback_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Lane> lanes_;
  std::size_t running_ = 0;
  bool refusing_ = false;
};

}  // namespace messo
