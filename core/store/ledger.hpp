// Queries over notifications and the event stream; retention.
#pragma once
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/notification.hpp"
#include "store/sms_spending.hpp"

namespace messo {

// Whose rows a caller may see: one service, one organisation, or (both empty) all.
struct Visibility {
  std::optional<OrganisationId> organisation;
  std::optional<ServiceId> service;
};

struct ListQuery {
  Visibility visibility;
  std::optional<std::string> reference;
  std::optional<NotificationStatus> status;
  std::optional<std::string> template_key;
  std::optional<Instant> from, to;          // accepted_at in [from, to)
  std::optional<std::string> address_hmac;  // 16 bytes: everything sent to one address
  std::optional<NotificationId> before;     // cursor: newest first, strictly older than this one
  std::size_t limit = 50;                   // 1..500
};
struct ListPage {
  std::vector<NotificationSummary> items;  // newest first
  bool more = false;
};

// Open deliveries of one pool and priority.
struct Depth {
  std::string pool;
  Priority priority = Priority::normal;
  std::uint64_t waiting = 0;  // scheduled and due
  std::uint64_t in_hand = 0;  // leased and handed over
  std::uint64_t awaiting_receipt = 0;
  std::uint64_t in_doubt = 0;
  std::optional<Instant> oldest_due;  // of those whose time has come
};

// How long things are kept after the notification ended (DESIGN §4). Unsent work is never removed.
struct Retention {
  std::chrono::days content{90};
  std::chrono::days ledger{730};
  std::chrono::days legal{3653};
  std::chrono::days idempotency{7};
};
struct Pruned {
  std::uint64_t contents = 0, notifications = 0, idempotency_keys = 0, blobs = 0;
};

// What became of one person's notifications.
struct Erased {
  std::uint64_t erased = 0;        // have lost their content
  std::uint64_t cancelled = 0;     // of these, how many were still to be sent: they are `cancelled` now
  std::uint64_t left = 0;          // keep it: legal ones still to be sent, and what is with a provider, awaits a receipt or is in doubt
  std::uint64_t suppressions = 0;  // of the address, removed
};

class Ledger {
 public:
  virtual ~Ledger() = default;

  // not_found also when the caller may not see it.
  virtual Result<NotificationView> find(const Visibility& visibility, NotificationId id) = 0;
  virtual Result<ListPage> list(const ListQuery& query) = 0;
  // Events after `position` in commit order, at most `limit`: a reader that resumes from the last position it saw misses none.
  virtual Result<std::vector<Event>> events_after(std::int64_t position, std::size_t limit, const Visibility& visibility) = 0;
  // Per pool and priority, from counters kept with every commit. Cheap.
  virtual Result<std::vector<Depth>> depths(Instant now) = 0;
  // Counts by final result since the store was made: the books. accepted = sum of all results + open.
  struct Books {
    std::uint64_t accepted = 0;
    std::uint64_t open = 0;
    std::vector<std::pair<DeliveryResult, std::uint64_t>> closed;
  };
  virtual Result<Books> books() = 0;
  // What SMS took on the days from `from` to `to`, both included (days since 1970-01-01), by day and payer; kept as long as the ledger.
  virtual Result<std::vector<SmsSpentOn>> sms_spent(std::int32_t from, std::int32_t to) = 0;
  // Removes what retention allows, at most about `limit` rows: call again until nothing is pruned. Blobs whose last row went are taken by
  // Blobs::collect.
  virtual Result<Pruned> prune(const Retention& retention, Instant now, std::size_t limit) = 0;
  // Erases one person's personal data (content rows) in one organisation; ledger and evidence stay. What has not left yet is cancelled in
  // the same transaction, so that it is neither sent nor kept; but nobody's legal notice is withdrawn in passing: cancel it by itself
  // first. What is on its way keeps its content until it has ended: call again then. A suppression of the address is removed. Done in
  // several transactions: after an error call again.
  virtual Result<Erased> erase_person(OrganisationId organisation, std::string_view address_hmac, Instant now) = 0;
};

}  // namespace messo
