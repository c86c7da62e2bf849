// One delivery being changed inside a transaction: its state, its step, its notification's status, and the events that say so.
#pragma once
#include "store/decisions.hpp"
#include "store/sqlite/writer.hpp"

namespace messo::sqlite {

class DeliveryChange {
 public:
  // nullopt when there is no such delivery.
  static std::optional<DeliveryChange> load(Tx& tx, DeliveryId id);

  DeliveryId id() const { return id_; }
  NotificationId notification() const { return notification_; }
  OrganisationId organisation() const { return lane_.organisation; }
  ServiceId service() const { return lane_.service; }
  const DeliveryState& state() const { return state_; }
  const std::optional<AttemptId>& attempt() const { return attempt_; }
  Instant expires_at() const { return expires_at_; }
  NotificationStatus status() const { return status_; }
  std::uint32_t crashes() const { return crashes_; }
  std::uint32_t milestones() const { return milestones_; }

  // Counters, timers, the row of a doubt, closing time, step states and status follow.
  void move(DeliveryState to, Instant at);
  void set_due(Instant due_at) { due_at_ = due_at; }
  // Silence ends the wait for a receipt that begins now: at `deadline`, or after decisions::receipt_wait of its channel.
  void await_receipt(Instant now, std::optional<Instant> deadline = {});
  void add_milestone(Milestone milestone) { milestones_ |= decisions::milestone_bit(milestone); }
  void count_attempt() { ++attempts_counted_; }
  void count_crash() { ++crashes_; }
  void forget_crashes() { crashes_ = 0; }
  void event(EventKind kind, std::optional<AttemptId> attempt, Instant at, std::string_view data);
  // Writes delivery and notification rows; last.
  void save();

 private:
  explicit DeliveryChange(Tx& tx) : tx_(&tx) {}
  void progress(Instant at);

  Tx* tx_;
  DeliveryId id_;
  NotificationId notification_;
  StepId step_;
  LaneKey lane_;
  Channel channel_{};
  DeliveryState state_;
  Instant due_at_{}, expires_at_{};
  std::uint32_t attempts_counted_ = 0, crashes_ = 0, milestones_ = 0;
  std::optional<AttemptId> attempt_;
  std::optional<Instant> closed_at_;
  NotificationStatus status_ = NotificationStatus::queued;
  std::uint32_t sequence_ = 0;
  std::optional<Instant> ended_at_;
  std::int64_t last_event_ = 0;
  std::string plan_;
};

// Moves the delivery to `to`, the state that Change::cancel gives, with its event, and saves it.
void cancel(DeliveryChange& delivery, DeliveryState to, Instant now);

void set_timer(Connection& db, const Timer& timer, std::optional<OrganisationId> organisation);
void clear_timer(Connection& db, TimerKind kind, const Uuid& subject);

struct EventRow {
  NotificationId notification;
  std::uint32_t sequence = 1;
  OrganisationId organisation;
  ServiceId service;
  std::optional<DeliveryId> delivery;
  std::optional<AttemptId> attempt;
  EventKind kind = EventKind::accepted;
  NotificationStatus status = NotificationStatus::queued;
  Instant at{};
  std::string_view data;
  std::optional<std::int64_t> previous;  // position of the notification's event before it
};
void insert_event(Tx& tx, const EventRow& event);
void insert_audit(Tx& tx, Instant at, std::string_view actor, std::string_view sentence);

}  // namespace messo::sqlite
