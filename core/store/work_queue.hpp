// Deliveries waiting for their time, and the attempts made of them (DESIGN §3, §4 "Work index", §5).
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/directory.hpp"
#include "model/notification.hpp"

namespace messo {

// One node's run. Attempts carry it, so that a restart knows its own left-overs.
struct Worker {
  std::string node;
  BootId boot;
};

// All due work of one service at one priority in one pool: the unit of fairness.
struct Lane {
  std::string pool;
  Priority priority = Priority::normal;
  OrganisationId organisation;
  ServiceId service;
  bool operator==(const Lane&) const = default;
};
struct LaneHead {
  Lane lane;
  Instant oldest_due{};
};

struct DueDelivery {
  DeliveryId delivery;
  std::optional<BatchId> batch;
  Instant due_at{};
  Instant expires_at{};
};

struct LeaseOrder {
  DeliveryId delivery;
  AttemptId attempt;
  ProviderId provider;
  bool handed_over = false;  // the provider's on_doubt is resend: the lease is the hand-over
};

// A leased delivery with all that rendering, submitting and deciding a retry need.
struct LeasedDelivery {
  AttemptId attempt;
  ProviderId provider;
  DeliveryId delivery;
  NotificationId notification;
  OrganisationId organisation;
  ServiceId service;
  KeyKind kind = KeyKind::live;
  Channel channel = Channel::email;
  Priority priority = Priority::normal;
  TemplateVersionId template_version;
  std::string language;
  std::string reference;
  std::string protocol;
  std::string case_file;
  Instant accepted_at{};
  Instant expires_at{};
  std::uint32_t attempts_counted = 0;  // before this one
  NotificationContent content;
};

// Persisted token bucket of a provider: `window` is "second", "minute" or "day".
struct RateState {
  ProviderId provider;
  std::string window;
  double tokens = 0;
  Instant at{};
};

// What shall become of the delivery; decided by dispatch's pure policy, applied by the store.
struct Verdict {
  Change change = Change::doubt;    // sent_final, sent_simulated, sent_awaiting, refuse, retry, release, doubt, expire
  Instant due_at{};                 // retry, release: when again
  std::optional<Instant> deadline;  // sent_awaiting: when silence closes it; doubt: when it is looked at again
  bool counts = true;               // retry: against the limit of attempts
};
struct OutcomeRecord {
  AttemptId attempt;
  Outcome outcome;
  Verdict verdict;
  std::string content_hash;  // 32 bytes or empty
  Instant at{};
};
enum class Recorded : std::uint8_t {
  applied,   // the verdict is the delivery's state now
  settled,   // late, but it settled a doubt or closed what was due again
  appended,  // late: kept as an event, nothing moved
  unknown,   // no such attempt
};

inline constexpr std::size_t kMaxCheckpoint = 64 * 1024;

struct Recovered {
  std::uint64_t released = 0;   // were leased: due again
  std::uint64_t resent = 0;     // were handed over, provider says resend: due again
  std::uint64_t in_doubt = 0;   // were handed over, provider says ask or hold
  std::uint64_t poisonous = 0;  // crashed three times while handed over: on hold
  std::uint64_t accepted = 0;   // were handed over, and a receipt had said that the provider has them: they wait for the next
};

class WorkQueue {
 public:
  virtual ~WorkQueue() = default;

  // Lanes of `pool` with work due at `now`, by priority. Skips through the index: cost is per lane, not per row. Reads only.
  virtual Result<std::vector<LaneHead>> lanes(std::string_view pool, Instant now) = 0;
  // The first `limit` rows of a lane due at `now`, oldest first, after the position of `after` when given. Reads only.
  virtual Result<std::vector<DueDelivery>> due(const Lane& lane, Instant now, std::size_t limit, const DueDelivery* after = nullptr) = 0;
  // When the next row of the pool that is not due at `now` comes due, if any: how long dispatch may sleep. Rows due already do not count
  // (lanes() shows them), so that a paused lane does not keep dispatch awake.
  virtual Result<std::optional<Instant>> next_due(std::string_view pool, Instant now) = 0;

  // due -> leased with an attempt row each; saves the token buckets in the same transaction. Orders whose delivery is no longer due
  // (cancelled, expired, leased by another node) are left out of the answer, and so are courtesy deliveries whose address is suppressed
  // (suppressions.hpp): those end as `suppressed` here. Orders with `handed_over` start as handed over.
  virtual Result<std::vector<LeasedDelivery>> lease(const Worker& worker, std::span<const LeaseOrder> orders,
                                                    std::span<const RateState> rates, Instant now) = 0;
  // leased -> handed_over, durable before submit. Returns those that could not be (another decision came first).
  virtual Result<std::vector<AttemptId>> hand_over(std::span<const AttemptId> attempts, Instant now) = 0;
  // Records first outcomes and their verdicts, each compare-and-set by attempt id, with references and events. One Recorded per record.
  // An email address refused for good is suppressed with it.
  virtual Result<std::vector<Recorded>> record(std::span<const OutcomeRecord> outcomes) = 0;
  // Bytes a plugin wants back after a crash (extension resume/1). At most 64 KiB per attempt.
  // Errors: not_found "attempt_not_found" (also: ended), too_large.
  virtual Status checkpoint(AttemptId attempt, std::string_view bytes) = 0;
  // The newest checkpoint of an attempt; "" when it made none. not_found "attempt_not_found".
  virtual Result<std::string> checkpointed(AttemptId attempt) = 0;

  // Closes waiting rows whose expires_at has passed, at most `limit`, wherever they are in the index (paused lanes too).
  virtual Result<std::size_t> expire(Instant now, std::size_t limit) = 0;
  // After a start: attempts of this node's earlier boots. `policy` gives each provider's on_doubt. Three crashes while handed over: in
  // doubt.
  virtual Result<Recovered> recover(const Worker& worker, const std::function<OnDoubt(ProviderId)>& policy, Instant now) = 0;
  virtual Result<std::vector<RateState>> rates() = 0;

  // The wall clock was set back from `was` to `now`: what was due by the old clock is due by the new one, what waits to be tried again
  // waits as long as was left. Nothing leaves before the time its sender chose. In steps; the answer is how many rows moved. Not once more
  // for one step of the clock after it succeeded.
  virtual Result<std::size_t> clock_set_back(Instant was, Instant now) = 0;
};

}  // namespace messo
