// The memory engine's rows: plain containers behind one mutex. Every verb holds it from begin to end, which makes each a transaction.
#pragma once
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <unordered_map>

#include "store/doubt_decisions.hpp"
#include "store/engines.hpp"
#include "store/evidence_chain.hpp"
#include "store/evidence_store.hpp"
#include "store/suppressions.hpp"

namespace messo::memory {

struct AttemptRow {
  AttemptView view;
  DeliveryId delivery;
  BootId boot;
  bool open = true;
  std::string checkpoint;
};

struct DeliveryRow {
  DeliveryId id;
  NotificationId notification;
  StepId step;
  Channel channel = Channel::email;
  std::string pool;
  Priority priority = Priority::normal;
  OrganisationId organisation;
  ServiceId service;
  std::optional<BatchId> batch;
  std::string address_hmac;
  DeliveryState state;
  Instant due_at{}, expires_at{};
  std::uint32_t attempts_counted = 0, crashes = 0, milestones = 0;
  std::optional<Instant> closed_at;
  std::vector<AttemptId> attempts;
};

struct NotificationRow {
  NotificationSummary summary;
  std::optional<NotificationContent> content;
  std::vector<NewStep> steps;
  std::vector<DeliveryId> deliveries;
  std::vector<Event> timeline;
};

struct RefRow {
  DeliveryId delivery;
  AttemptId attempt;
  std::uint32_t part = 0;
  bool delivered = false;
};
using RefKey = std::tuple<ProviderId, std::string, std::string>;

struct ReceiptRow {
  ReceiptId id;
  ProviderId provider;
  Receipt receipt;
  Instant received_at{};
  bool settles = false;
  std::optional<DeliveryId> delivery;
  AttemptId attempt{};  // with the delivery
};

struct SegmentRow {
  EvidenceSegment segment;
  std::uint64_t kept = 0;  // of its entries
};

struct MailboxRow {
  std::string cursor;
  std::map<std::string, bool> seen;  // acked
  std::string node;
  BootId boot;
  Instant leased_until{};
};

struct TroubledRow {
  QuarantinedItem item;
  bool waits = false;  // for an operator
};

struct IdempotencyRow {
  NotificationId id;
  Sha256 body{};
  Instant at{};
};

// Waiting rows in the order of the work index.
using WorkKey = std::tuple<std::string, Priority, OrganisationId, ServiceId, Instant, DeliveryId>;

struct State {
  std::map<NotificationId, NotificationRow> notifications;
  std::unordered_map<DeliveryId, DeliveryRow> deliveries;
  std::unordered_map<AttemptId, AttemptRow> attempts;
  std::set<WorkKey> work;
  std::deque<Event> events;
  std::int64_t last_position = 0;
  std::map<std::pair<ServiceId, std::string>, IdempotencyRow> idempotency;

  std::map<RefKey, RefRow> refs;
  std::map<ReceiptId, ReceiptRow> receipts;
  std::map<std::pair<ProviderId, std::string>, ReceiptId> dedupe;
  std::map<std::pair<ProviderId, std::string>, MailboxRow> mailboxes;
  std::map<QuarantineId, TroubledRow> troubled;
  std::map<AttemptId, AsSent> as_sent;
  std::map<Uuid, std::uint64_t> chained;  // evidence in a segment, by its id
  std::map<std::pair<OrganisationId, std::uint64_t>, SegmentRow> segments;
  Secret signing_seed;
  std::map<SuppressionId, Suppression> suppressions;
  std::map<std::tuple<std::int32_t, SmsPayerKind, Uuid>, SmsSpent> sms_spent;  // by day

  std::map<DeliveryId, decisions::DoubtRow> doubts;
  std::map<std::pair<TimerKind, Uuid>, Instant> timers;
  std::map<std::pair<ProviderId, std::string>, RateState> rates;
  std::map<std::tuple<OrganisationId, ServiceId, std::string, Priority>, Depth> depths;
  std::unordered_map<ServiceId, std::uint64_t> open_by_service;
  Ledger::Books books;
  std::uint64_t writes = 0;

  DirectoryPtr directory = std::make_shared<DirectorySnapshot>();
  std::vector<AuditEntry> audit;
  std::vector<TemplateVersion> templates;
  std::uint64_t template_generation = 1;
  std::map<std::pair<OrganisationId, BlobId>, std::pair<std::string, Instant>> blobs;
};

// What every part of the engine is given.
struct Shared {
  explicit Shared(const Clock& c, Admission a) : clock(c), admission(a) {}
  const Clock& clock;
  Admission admission;
  std::mutex mutex;
  State state;
  std::function<void(DirectoryPtr)> directory_listener;
};

// Adds the event to stream and timeline.
void append(State& state, NotificationRow& owner, EventKind kind, std::optional<DeliveryId> delivery, std::optional<AttemptId> attempt,
            Instant at, std::string data);
// Puts the delivery into its new state: work index, depth, books, steps, notification's status.
void move(State& state, DeliveryRow& row, DeliveryState to, Instant at);
// Moves the time at which a waiting delivery is due.
void set_due(State& state, DeliveryRow& row, Instant due_at);
void enter_depth(State& state, const DeliveryRow& row);
WorkKey work_key(const DeliveryRow& row);
// Applies the receipt to its delivery, with events; what it teaches becomes references, and receipts waiting for those are applied too.
bool apply_receipt(State& state, const ReceiptRow& receipt, RefRow& ref, Instant at);
// Writes references of an attempt and matches receipts that came before them.
void add_references(State& state, const AttemptRow& attempt, std::span<const Reference> references, Instant at);

}  // namespace messo::memory
