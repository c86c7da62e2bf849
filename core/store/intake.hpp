// Acceptance and withdrawal of notifications.
#pragma once
#include <span>

#include "base/result.hpp"
#include "model/notification.hpp"

namespace messo {

struct Accepted {
  NotificationId id;
  bool duplicate = false;  // the idempotency key was used before with the same body: `id` is the first one's
};

class Intake {
 public:
  virtual ~Intake() = default;

  // Stores the whole notification, its event, its idempotency key and what its SMS takes of the day's budgets in one transaction; returns
  // once that is durable.
  // Errors: overloaded (admission: depth, disk, memory, and "service_queue_full", the
  // service's own limit; "sms_budget_exceeded"; with retry_after), conflict "idempotency_key_reused" (same key, other body),
  // unavailable. Concurrent calls with one idempotency key: one stores, the others wait for its commit and return `duplicate`.
  virtual Result<Accepted> accept(const NewNotification& notification) = 0;
  // What accept would say just now of depth, disk, memory and the service's own limit: to be asked before work is done for a notification
  // (its attachments written). Stores nothing and promises nothing. Cheap: no I/O.
  virtual Status admits(ServiceId service) = 0;
  // Several at once, in the order given: one result each. For batches and queue ingress.
  virtual std::vector<Result<Accepted>> accept_many(std::span<const NewNotification> notifications) = 0;

  // The notification first stored under this key of the service in the last 7 days, whatever its body; to answer before validating.
  struct Known {
    NotificationId id;
    Sha256 body;
  };
  virtual Result<std::optional<Known>> find_idempotent(ServiceId service, std::string_view key) = 0;

  // Closes what has not left yet as `cancelled`. Errors: not_found (also another service's), conflict "already_left" / "already_ended".
  virtual Result<NotificationStatus> cancel(ServiceId service, NotificationId id, Instant now) = 0;
};

}  // namespace messo
