// Counters of dispatch, for /metrics and /status. They only rise while the process lives; gauges are in DispatchStatus, but for what is
// found by looking once in a while.
#pragma once
#include <array>
#include <atomic>
#include <map>

#include "base/guarded.hpp"
#include "base/histogram.hpp"
#include "model/ids.hpp"
#include "model/money.hpp"
#include "model/outcome.hpp"
#include "store/evidence_store.hpp"
#include "store/work_queue.hpp"

namespace messo {

inline constexpr std::array kOutcomeSeconds{0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 120.0};

// Of one provider.
struct ProviderCounters {
  std::uint64_t submitted = 0;              // messages handed over: attempts
  std::array<std::uint64_t, 6> outcomes{};  // first outcomes by OutcomeKind's number
  std::uint64_t throttled = 0;              // of them, those that asked us to slow down
  std::uint64_t provider_failures = 0;      // of them, those that blame the provider
  std::uint64_t overdue = 0;                // no answer within answer_by
  std::uint64_t late = 0;                   // answers after somebody else decided
  std::uint64_t breaker_openings = 0;
  std::uint64_t sms_segments = 0;  // of the messages it took
  MicroEuro sms_cost = 0;          // at its price
  // From the hand-over to the first outcome; those that were overdue, late or throttled left out.
  Histogram<kOutcomeSeconds> outcome_seconds;
};

// Suggested names: messo_dispatch_<member>_total; render_nanoseconds / leased is the mean rendering time.
struct DispatchMetrics {
  std::atomic<std::uint64_t> turns{0};       // times dispatch looked for work
  std::atomic<std::uint64_t> rounds{0};      // that leased something
  std::atomic<std::uint64_t> leased{0};      // messages
  std::atomic<std::uint64_t> lease_lost{0};  // chosen, but another decision came first
  std::atomic<std::uint64_t> rendered{0};
  std::atomic<std::uint64_t> render_failed{0};
  std::atomic<std::uint64_t> render_nanoseconds{0};
  std::atomic<std::uint64_t> lease_nanoseconds{0};  // waiting for lease and hand-over commits
  std::atomic<std::uint64_t> submit_nanoseconds{0};
  std::atomic<std::uint64_t> submit_busy{0};       // batches given back untouched
  std::atomic<std::uint64_t> submit_failed{0};     // batches that failed midway
  std::atomic<std::uint64_t> recorded{0};          // outcomes durable
  std::atomic<std::uint64_t> record_groups{0};     // store calls for them
  std::atomic<std::uint64_t> record_retries{0};    // store calls that failed and were repeated
  std::atomic<std::uint64_t> record_set_aside{0};  // outcomes the store would not take (a defect; their attempts end in doubt)
  std::atomic<std::uint64_t> store_errors{0};      // of any other call to the store
  std::atomic<std::uint64_t> expired{0}, timers_fired{0}, pruned_notifications{0}, pruned_contents{0}, blobs_collected{0};
  std::atomic<std::uint64_t> isolated{0};                   // suspects of a crash that were sent alone
  std::atomic<std::uint64_t> questions{0};                  // about attempts in doubt
  std::atomic<std::uint64_t> questions_failed{0};           // that could not be put
  std::atomic<std::uint64_t> doubts_held{0};                // given up asking
  std::array<std::atomic<std::uint64_t>, 5> recorded_as{};  // by Recorded's number; [4] unused
  Guarded<std::map<ProviderId, ProviderCounters>> providers;
  Guarded<LateAcceptances> late_acceptances;  // certified mail, when it was last looked for (a gauge)
};

}  // namespace messo
