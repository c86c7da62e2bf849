// A provider behind the plugin border: one instance of a plugin, as a ProviderPort.
#pragma once
#include "channel/balance.hpp"
#include "channel/call_turn.hpp"
#include "channel/isolation/isolated_plugin.hpp"
#include "channel/plugin_border.hpp"
#include "channel/plugin_catalog.hpp"
#include "channel/receipt_calls.hpp"

namespace messo {

// What a provider is doing, for /status and `messo provider list`.
struct ProviderFigures {
  std::uint32_t granted = 0;
  std::size_t in_hand = 0;
  std::optional<Instant> pause_until;
  std::string reason;          // of the pause, for operators
  std::uint64_t restarts = 0;  // of its process
  std::int64_t process = 0;    // its number; 0: it runs inside the daemon, or not now
};

// What a plugin says of a message that it did not send.
struct MessageSize {
  std::uint64_t units = 0;  // of what the channel is paid by: segments of SMS
  std::string sentence;     // for operators; may be empty
};

// Threads: submit() one call at a time, stop() once or more from one thread; both may be called at the same time. figures(), sweep() from
// any.
class PluginProvider final : public ProviderPort {
 public:
  // Joins and checks the configuration, makes an instance and starts it; it may grant credits before this returns. Errors: as
  // ConfigSchema::check; invalid "provider_refused" with the plugin's own sentence; internal "provider_failed".
  // With settings.isolation = process the instance lives in a process of its own, which is waited for.
  static Result<std::shared_ptr<PluginProvider>> start(Provider settings, PluginPtr plugin, BorderParts parts,
                                                       const IsolationOptions& isolation = {});
  // Stops it, giving nothing a chance to drain, when nobody did.
  ~PluginProvider() override;
  PluginProvider(const PluginProvider&) = delete;
  PluginProvider& operator=(const PluginProvider&) = delete;

  const Provider& settings() const override { return settings_; }
  bool simulated() const override { return simulated_; }
  std::size_t preferred_batch() const override { return plugin_->descriptor().preferred_batch; }
  std::size_t max_batch() const override { return plugin_->descriptor().max_batch; }

  // Beyond the grant, while paused or stopping: busy. What the plugin leaves without an outcome when it fails is told as unknown.
  Submitted submit(std::span<const OutgoingMessage> batch) override;

  bool can_query() const override { return query_ != nullptr; }
  Status query(AttemptId attempt, std::span<const Reference> references) override;

  // Its calls run beside submit() and each other.
  ReceiptPortPtr receipts() const override { return receipts_; }

  // A plugin that needs longer than `limit` plus a grace is left behind: muted, its thread and memory kept, its attempts told as unknown.
  // Returns at most about `limit` + 2 s later. Attempts a plugin forgot to answer are told as unknown too.
  void stop(Millis limit) override;
  // From now on its grants are not passed on: a successor speaks for this provider.
  void end_grants() { border_->end_grants(); }
  // Speaks for this provider from now on, after a predecessor's end_grants().
  void repeat_grant() { border_->repeat_grant(); }

  // Watches answer_by; to be called about every second.
  void sweep() { border_->sweep(); }
  ProviderFigures figures() const;
  // Tries the account without sending (extension probe/1); the sentence of the report. not_found "no_probe" when the plugin has none;
  // unavailable "probe_failed" with its sentence. Blocks up to about `limit`; meanwhile submit() is busy.
  Result<std::string> probe(Millis limit);
  // Whether its plugin can be asked what is left on an account (extension balance/1).
  bool tells_balance() const { return balance_ != nullptr; }
  // What is left. not_found "no_balance" when the plugin, or an account as configured, has none; unavailable "balance_failed" with its
  // sentence; internal "bad_balance". Blocks up to about `limit`; meanwhile submit() is busy.
  Result<Balance> balance(Millis limit);
  // What a message will cost, without sending it (extension measure/1). Errors: not_found "no_measure" when the plugin has none; invalid
  // "not_measured" with its sentence; unavailable "provider_busy", "provider_stopped". Blocks as long as the plugin does; meanwhile
  // submit() is busy.
  Result<MessageSize> measure(const OutgoingMessage& message);

 private:
  // The instance and the table it is called by: the plugin's own, or that of its process.
  struct Live {
    const messo_channel* table = nullptr;
    messo_instance* instance = nullptr;
    std::shared_ptr<const IsolationFigures> process;  // null: inside the daemon
  };
  static Live create(const Provider& settings, const PluginLibrary& plugin, const std::string& config, const messo_host* host,
                     const IsolationOptions& isolation, messo_buffer* why);
  PluginProvider(Provider settings, PluginPtr plugin, std::shared_ptr<PluginBorder> border, Live live, Log& log);
  // The table of an extension the plugin lists, complete enough to call `member`; null otherwise. Call it with live_.instance.
  template <class T, class M>
  const T* extension(const char* id, M T::*member) const;
  Submitted submit_checked(std::span<const OutgoingMessage> batch);
  void leave_behind();

  const Provider settings_;
  const PluginPtr plugin_;
  const bool simulated_;
  const std::shared_ptr<PluginBorder> border_;
  const Live live_;
  std::shared_ptr<ReceiptCalls> receipts_;  // null when the plugin lists neither extension
  const messo_query_v1* query_ = nullptr;   // null when the plugin cannot be asked
  const messo_balance_v1* balance_ = nullptr;
  Log& log_;
  CallTurn calls_;  // one call at a time (submit, probe, balance, query, measure)
  std::atomic<bool> stopped_{false};
};

}  // namespace messo
