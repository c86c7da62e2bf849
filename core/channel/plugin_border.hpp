// The hub's side of the border for one plugin instance: what the plugin may call, checked call by call (DESIGN §7).
//
// Threads: any. The plugin calls back from its own threads; each call-back is short but for receipts and checkpoints, which wait for the
// store. Lifetime: shared by the provider and by whatever still may call back; once muted it touches nothing outside itself.
#pragma once
#include <atomic>
#include <shared_mutex>

#include "base/guarded.hpp"
#include "base/log.hpp"
#include "channel/attempts_out.hpp"
#include "channel/border_values.hpp"
#include "store/blobs.hpp"

namespace messo {

// What call-backs lead to; all must outlive the border until it is muted.
struct BorderParts {
  ProviderListener& listener;
  Blobs& blobs;
  const Clock& clock;
  Log& log;
};

struct BorderFigures {
  std::uint32_t granted = 0;
  std::size_t in_hand = 0;
  std::optional<Instant> pause_until;
  std::string reason;
};

class PluginBorder {
 public:
  static constexpr std::uint32_t kMostCredits = 100'000;
  static constexpr Millis kLongestPause = std::chrono::hours(24);
  static constexpr std::size_t kMostRead = 1 << 20;  // bytes of one read_attachment

  PluginBorder(const Provider& settings, BorderParts parts);
  PluginBorder(const PluginBorder&) = delete;
  PluginBorder& operator=(const PluginBorder&) = delete;

  const messo_host* host() const { return &host_; }

  // Takes the batch into hand; false when the plugin granted too little, or asked to wait.
  bool admit(std::span<const OutgoingMessage> batch);
  // The plugin would not have it. False when it answered some of it nevertheless: the rest is told as unknown then, nothing may be
  // submitted again.
  bool take_back(std::span<const OutgoingMessage> batch);
  // The plugin failed on it: what has no outcome becomes unknown.
  void fail_batch(std::span<const OutgoingMessage> batch);
  // Attempts past their answer_by become unknown; a real outcome still goes through afterwards. Call it about every second.
  void sweep();
  // Lets an outcome for an attempt of an earlier run through (query/1).
  void expect(AttemptId attempt);

  // Grants no longer reach the listener, from the moment it returns.
  void end_grants();
  // Tells the listener the present grant again: another instance of the same provider may have spoken in between.
  void repeat_grant();
  // All without an outcome become unknown with this code.
  void abandon(std::string_view code, std::string_view text);
  // Nothing passes any more. Waits for call-backs that are in the hub's code right now.
  void mute();

  BorderFigures figures() const;

 private:
  struct State {
    AttemptsOut out;
    std::uint32_t granted = 0;
    std::optional<Instant> pause_until;
    Steady paused_until{};
    std::string reason;
  };
  struct LogWindow {
    Steady since{};
    unsigned lines = 0;
    unsigned dropped = 0;
  };

  void on_outcome(const messo_outcome& raw);
  void credits(std::uint32_t messages, std::int64_t pause_until_ms, messo_str reason);
  std::int64_t read_attachment(const messo_id& attempt, std::uint64_t handle, std::uint64_t offset, void* into, std::size_t length);
  std::int32_t on_receipts(const messo_receipt* const* receipts, std::size_t count);
  std::int32_t checkpoint(const messo_id& attempt, messo_str bytes);
  std::int32_t keep_as_sent(const messo_id& attempt, messo_str bytes, const messo_reference* const* references, std::size_t count);
  Status keep_message(OrganisationId owner, AttemptId attempt, std::string_view bytes, std::span<const Reference> references);
  void log(std::uint32_t level, messo_str id, messo_str text);

  Result<std::vector<Receipt>> convert(const messo_receipt* const* receipts, std::size_t count);
  void tell_unknown(std::span<const AttemptId> attempts, std::string_view code, std::string_view text);
  void complain(std::string_view id, std::string_view sentence);
  bool within(Guarded<LogWindow>& lines);

  static void fill_host(messo_host& host);
  template <class R, class F>
  static R guarded(void* ctx, R otherwise, F&& body) noexcept;

  const ProviderId provider_;
  const std::string key_;
  const bool evidence_;  // its channel has to prove what it sent
  BorderParts parts_;
  messo_host host_{};
  std::shared_mutex gate_;  // shared by call-backs, taken alone by mute()
  std::atomic<bool> muted_{false};
  std::mutex grant_order_;  // grants reach the listener in the order they were given
  bool grants_ended_ = false;
  mutable Guarded<State> state_;
  Guarded<LogWindow> log_window_, complaints_;
};

}  // namespace messo
