// How well the hub is, judged before things break. Pure.
#pragma once
#include <string>
#include <vector>

#include "channel/provider_registry.hpp"
#include "dispatch/dispatcher.hpp"
#include "receipts/receipt_poller.hpp"
#include "store/store.hpp"

namespace messo::api {

enum class HealthLevel : std::uint8_t { ok, degraded, unhealthy };
std::string_view to_string(HealthLevel level);

struct HealthReason {
  std::string reason;  // stable: "disk_low"
  HealthLevel severity = HealthLevel::degraded;
  std::string detail;  // for people; no personal data
};
struct HealthVerdict {
  HealthLevel level = HealthLevel::ok;
  std::vector<HealthReason> reasons;  // worst first
};

// When to warn. `oldest_*`: how long the oldest due delivery of a priority may wait.
struct HealthThresholds {
  double disk_factor = 4;    // free space under this many times the admission limit
  double queue_share = 0.8;  // of the admission limit
  double commit_p99_ms = 500;
  std::uint64_t unmatched_receipts = 100;  // that wait longer than unmatched_age for a delivery
  Seconds unmatched_age{600};
  std::uint32_t mailbox_failures = 3;  // in a row
  std::uint64_t doubts = 20;           // more than that many in doubt
  Seconds doubt_age{900};              // or one for longer than this
  Seconds provider_wait{300};          // a provider that asks to wait: so long in all
  Seconds blocked{60};                 // due work of a pool none of whose providers takes anything
  Seconds oldest_urgent{10}, oldest_alert{120}, oldest_normal{900}, oldest_bulk{6 * 3600};
};

struct HealthFacts {
  StoreHealth store;
  Admission admission;
  std::vector<Depth> depths;
  bool depths_known = true;  // false: the store did not answer
  std::vector<DoubtFigures> doubts;
  DispatchStatus dispatch;
  std::vector<PortStatus> ports;
  ReceiptFigures receipts;  // old: by HealthThresholds::unmatched_age
  std::vector<MailboxStatus> mailboxes;
  LateAcceptances acceptances;  // of certified mail
  Instant now{};
};
HealthVerdict judge(const HealthFacts& facts, const HealthThresholds& thresholds);

// What an operator sees of one provider: "running", "paused", "resting" (breaker open, or it asked to wait), "failed", "stopped"; and why.
struct ProviderView {
  std::string key;
  std::string state;
  std::string detail;
  std::optional<std::uint64_t> restarts;  // of its own process; absent: its plugin runs inside the daemon
  std::optional<double> share{};          // of its weight that counts now, to the hundredth; absent: dispatch does not know it
};
std::vector<ProviderView> provider_views(const DirectorySnapshot& directory, const DispatchStatus& dispatch,
                                         const std::vector<PortStatus>& ports);

}  // namespace messo::api
