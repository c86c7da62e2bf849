// What a fact (outcome, receipt, crash, deadline) does to a delivery: pure functions every engine shares, so that engines differ only in
// how they keep rows.
#pragma once
#include <string>

#include "model/directory.hpp"
#include "store/receipt_store.hpp"
#include "store/timers.hpp"
#include "store/work_queue.hpp"

namespace messo::decisions {

// What the store knows of an attempt when an outcome for it comes.
struct AttemptFacts {
  bool open = true;                    // nothing has ended it yet
  std::optional<OutcomeKind> outcome;  // its outcome so far
  bool newest = true;                  // no other attempt was made since
  bool accepted = false;               // the delivery has milestone `accepted`
};
struct OnOutcome {
  Recorded recorded = Recorded::appended;
  DeliveryState state;  // the delivery's state now; unchanged when appended
  EventKind event = EventKind::late_outcome;
  bool keep_outcome = false;  // the attempt's row takes this outcome
  bool counts = false;        // one more counted attempt
  bool survived = false;      // the provider had it, and the hub lives: its crashes in a row are over
  bool tell = true;           // the timeline gets the event
};
// Late outcomes of an attempt that is not the newest decide only when they say that the message left: what the newer one did is still open.
// What the provider is known to have accepted is not in doubt and never sent again, whatever the outcome of the attempt in hand was.
OnOutcome on_outcome(DeliveryState delivery, const AttemptFacts& attempt, const OutcomeRecord& record);

struct OnReceipt {
  DeliveryState state;
  bool changed = false;  // phase, result or `disputed` moved
  bool newly_disputed = false;
  Milestone milestone = Milestone::none;  // to be added to the delivery's
  EventKind event = EventKind::receipt;
  ReceiptKind means = ReceiptKind::milestone;  // what it says of the delivery, and
  std::string code;                            // why: the receipt's own, unless others before give it another meaning
};
// `settles`: its verification may change states. `complete`: with this one every part of the message has a delivered receipt; before
// that, one of them ends a doubt all the same. `milestones`: bits of those the delivery has. A second warning_12h is the definitive notice
// of non-delivery, which some PEC providers do not tell from the first: undelivered, "pec.no_delivery_24h".
OnReceipt on_receipt(DeliveryState delivery, std::uint32_t milestones, const Receipt& receipt, bool settles, bool complete);
// How long a receipt of this channel is waited for before silence is the result.
Seconds receipt_wait(Channel channel);
// Whether certified mail that was handed over still needs the word that its provider accepted it.
bool acceptance_is_due(Phase phase, std::uint32_t milestones);
// What one more failure makes of an item of a mailbox: whether it goes into quarantine with its `tries`-th.
inline bool poisonous(std::uint32_t tries, std::uint32_t quarantine_after) { return tries >= quarantine_after; }
// Whether `worker` may take a mailbox that `node` leased in its run `boot`: it is its own, its node's earlier run is dead, or time is over.
bool may_poll(const Worker& worker, std::string_view node, const std::optional<BootId>& boot, Instant leased_until, Instant now);
// Whether `verification` is among `settling`; an empty list means VALID alone (DESIGN §3).
bool settles(Verification verification, std::span<const Verification> settling);

enum class Recovery : std::uint8_t { released, resent, in_doubt, poisonous, accepted };
// An attempt found open after a crash. `crashes`: times in a row the hub died while the delivery was handed over, this one included.
// `accepted`: a receipt said before that the provider has it, so it only waits for the next one.
Recovery on_crash(Phase phase, std::uint32_t crashes, OnDoubt policy, bool accepted = false);
inline constexpr std::uint32_t kPoisonousAfter = 3;
inline constexpr std::uint32_t kSuspectAfter = kPoisonousAfter - 1;  // the next crash may be its doing: it goes alone
DeliveryState after(Recovery recovery, DeliveryState before);

// The state after a delivery was withdrawn because its person is erased; nullopt: it stays (it has left, or it is a legal notice).
std::optional<DeliveryState> withdrawn(DeliveryState delivery, TemplateClass template_class);
// The service's own limit of open notifications, of which it has `open`. overloaded "service_queue_full".
Status admits(const DirectorySnapshot& directory, ServiceId service, std::uint64_t open);

// Details of an event as JSON; "" when there are none. Never an address, never free text.
// `due_again`: it is to be tried again, at the verdict's time.
std::string outcome_data(const OutcomeRecord& record, ProviderId provider, bool due_again = true);
std::string receipt_data(const Receipt& receipt, const OnReceipt& decision, ProviderId provider);
std::string recovered_data(Phase was, DeliveryState now);
std::string closed_data(DeliveryResult result);

// Milestones as a bit set in the row and as a list in views.
inline std::uint32_t milestone_bit(Milestone m) { return m == Milestone::none ? 0U : 1U << static_cast<unsigned>(m); }
inline bool has_milestone(std::uint32_t bits, Milestone m) { return (bits & milestone_bit(m)) != 0; }
std::vector<Milestone> milestones_of(std::uint32_t bits);

// Statuses of the usual path; the others are what people look for, and have an index of their own.
inline bool usual(NotificationStatus s) {
  return s == NotificationStatus::queued || s == NotificationStatus::sent || s == NotificationStatus::delivered ||
         s == NotificationStatus::simulated;
}

// Whether a notification can be stored at all: ids there, steps with the delivery's among them, HMAC of the right length. A defect of the
// caller, so `internal`.
Status check(const NewNotification& notification);

// When a waiting row is due once the wall clock was set back from `was` to `now` (WorkQueue::clock_set_back). `tried`: an attempt was made,
// so the hub itself chose the time; `send_at`: the sender's earliest time.
Instant due_after_set_back(Instant due_at, bool tried, std::optional<Instant> send_at, Instant was, Instant now);

// The answers every engine gives in the same words.
Error key_reused();                              // conflict "idempotency_key_reused"
Error already_stored();                          // conflict "already_stored": this id is in use
Error queue_full();                              // overloaded "queue_full"
Error service_queue_full();                      // overloaded "service_queue_full"
Error intake_full();                             // overloaded "intake_full": too many bytes wait for the writer
Error disk_full();                               // overloaded "disk_full"
Error no_such_notification();                    // not_found "notification_not_found"
Error already_left();                            // conflict "already_left"
Error already_ended(NotificationStatus status);  // conflict "already_ended"
Error no_such_template();                        // not_found "template_not_found"
Error no_such_attempt();                         // not_found "attempt_not_found"
Error kept_otherwise();                          // conflict "kept_otherwise"
Error checkpoint_too_large();                    // too_large "checkpoint_too_large"
Error no_such_item();                            // not_found "no_such_item"
Error no_such_receipt();                         // not_found "no_such_receipt"
Error mailbox_lost();                            // conflict "mailbox_lost"
Error no_such_segment();                         // not_found "no_such_segment"
Error chain_moved();                             // conflict "chain_moved"
Error no_such_blob();                            // not_found "blob_not_found"

}  // namespace messo::decisions
