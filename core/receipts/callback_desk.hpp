// Calls of providers to the hub: POST /v1/callbacks/{token} (DESIGN §7 receipts.callback/1; docs/receipts.md). Whoever knows the address
// may call, so everything is bounded before the plugin, which checks signature or secret, sees any of it.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "channel/provider_port.hpp"
#include "dispatch/token_bucket.hpp"
#include "receipts/receipt_desk.hpp"

namespace messo {

struct CallbackLimits {
  std::size_t max_body = 256 << 10;  // bytes
  std::uint32_t per_provider = 500;  // calls a second
  std::uint32_t per_address = 100;   // calls a second of one client to one provider
  bool loopback_exempt = true;       // from per_address: a reverse proxy on this machine speaks for many
  Millis deadline{10'000};           // of the plugin
};

// Figures for /metrics; they only rise.
struct CallbackCounters {
  std::uint64_t answered = 0;  // by the plugin, receipts durable
  std::uint64_t refused = 0;   // of these with 4xx: a wrong signature or secret
  std::uint64_t too_large = 0;
  std::uint64_t too_many = 0;
  std::uint64_t failed = 0;       // the plugin failed, or gave no proper receipt
  std::uint64_t unavailable = 0;  // not running, hanging, store not answering: the provider calls again
};

class CallbackDesk {
 public:
  using Ports = std::function<std::vector<ProviderPortPtr>()>;

  // Everything given must outlive it.
  CallbackDesk(CallbackLimits limits, DirectoryStore& directory, ReceiptDesk& desk, Ports ports, const Clock& clock, Log& log);

  // Whether a call with that token and at most that many bytes would be looked at; before its body is read. Cheap. Errors: not_found
  // "no_such_path", too_large.
  Status admits(std::string_view token, std::uint64_t bytes);
  // Has the plugin read the call and answers once its receipts are durable. Blocks at most about the deadline, and for the store. Errors:
  // as admits(); overloaded "too_many_calls"; unavailable: the provider shall call again; internal "call_failed".
  Result<ReceiptCallAnswer> take(std::string_view token, const ReceiptCall& call);

  std::map<ProviderId, CallbackCounters> counters() const { return counters_.copy(); }
  const CallbackLimits& limits() const { return limits_; }

 private:
  struct Index {
    DirectoryPtr directory;
    std::unordered_map<std::string, ProviderId> by_token_hash;
  };
  using Buckets = std::unordered_map<std::string, TokenBucket>;

  std::optional<ProviderId> provider_of(std::string_view token);
  Status check_size(ProviderId provider, std::uint64_t bytes);
  Status check_rates(ProviderId provider, const std::string& address);
  void count(ProviderId provider, std::uint64_t CallbackCounters::*what);

  const CallbackLimits limits_;
  DirectoryStore& directory_;
  ReceiptDesk& desk_;
  const Ports ports_;
  const Clock& clock_;
  Log& log_;
  Guarded<std::shared_ptr<const Index>> index_;
  Guarded<Buckets> buckets_;  // bounded, see check_rates
  Guarded<std::map<ProviderId, CallbackCounters>> counters_;
  std::atomic<std::int64_t> complained_{0};  // when a failure was last logged: a line a minute is enough
};

}  // namespace messo
