// A notification from acceptance on: what intake stores, and what queries give back.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/delivery_state.hpp"
#include "model/ids.hpp"
#include "model/money.hpp"
#include "model/outcome.hpp"
#include "model/plan.hpp"

namespace messo {

// A file sent along; its bytes are a blob of the organisation.
struct Attachment {
  std::string name;          // as the citizen sees it, UTF-8, no path
  std::string content_type;  // RFC 2045 type/subtype
  std::uint64_t size = 0;    // bytes
  BlobId blob;
};

// The person or body. Personal data: lives only in the content tables.
struct Recipient {
  std::string name;      // may be empty
  std::string language;  // BCP 47, "it"
  std::string fiscal_code;
  std::map<Channel, std::string> addresses;  // normalised: E.164 phone, IDNA-lowered domain, ...
};

struct NewStep {
  StepId id;
  std::uint32_t position = 0;  // from 0
  StepSpec spec;
  StepState state = StepState::waiting;
};

// The one delivery of the step being worked.
struct NewDelivery {
  DeliveryId id;
  StepId step;
  Channel channel = Channel::email;
  std::string pool;
  std::string address_hmac;  // 16 bytes: HMAC-SHA-256(organisation key, channel ":" normalised address), cut
  Instant due_at{};
  Instant expires_at{};
};

struct IdempotencyKey {
  std::string key;
  Sha256 body;  // of the request's bytes
};

// What an SMS takes of the budgets of those who pay for it.
struct SmsCharge {
  std::uint32_t segments = 0;  // 0: it costs nothing
  MicroEuro cost = 0;          // of all its segments
  std::int32_t day = 0;        // the day it counts for, since 1970-01-01, where the organisation is
  Instant day_ends{};
};

// A validated job. Everything the accept transaction writes; ids and times are set by the caller.
struct NewNotification {
  NotificationId id;
  OrganisationId organisation;
  ServiceId service;
  KeyId key;
  KeyKind kind = KeyKind::live;
  TemplateVersionId template_version;
  std::string template_key;
  TemplateClass template_class = TemplateClass::courtesy;
  Priority priority = Priority::normal;
  std::string language;  // the one it will be rendered in
  Instant accepted_at{};
  std::optional<Instant> send_at;
  std::string reference;  // the sender's own name for it
  std::string protocol;   // protocol number of the act
  std::string case_file;
  std::map<std::string, std::string> labels;
  std::optional<BatchId> batch;
  Recipient recipient;
  std::string data_json;                // the template's data, as posted
  std::vector<Attachment> attachments;  // their blobs are already durable
  std::vector<NewStep> steps;
  NewDelivery delivery;
  std::optional<IdempotencyKey> idempotency;
  SmsCharge sms{};
};

// --- what queries return ---

struct AttemptView {
  AttemptId id;
  ProviderId provider;
  std::string node;
  Instant leased_at{};
  std::optional<Instant> handed_over_at;
  std::optional<Instant> ended_at;
  std::optional<OutcomeKind> outcome;
  OutcomeScope scope = OutcomeScope::message;
  std::string code;
  std::string public_text;
  std::string content_hash;  // 32 bytes, SHA-256 over the rendered parts; empty until known
};

struct DeliveryView {
  DeliveryId id;
  StepId step;
  Channel channel = Channel::email;
  std::string pool;
  DeliveryState state;
  Instant due_at{};
  Instant expires_at{};
  std::uint32_t attempts_counted = 0;  // those that count against the retry limit
  std::optional<Instant> closed_at;
  std::vector<Milestone> milestones;
  std::vector<AttemptView> attempts;  // oldest first
};

struct StepView {
  StepId id;
  std::uint32_t position = 0;
  StepSpec spec;
  StepState state = StepState::waiting;
  std::vector<DeliveryView> deliveries;
};

enum class EventKind : std::uint8_t {
  accepted = 1,
  attempt_released = 2,  // given back untouched: throttle, shutdown, crash
  outcome = 3,           // first outcome of an attempt
  late_outcome = 4,      // it came after somebody else decided
  in_doubt = 5,
  receipt = 6,
  milestone = 7,
  closed = 8,  // ended without an outcome: silence, suppression
  expired = 9,
  cancelled = 10,
  disputed = 11,
  recovered = 12,  // found leased or handed over after a crash
  asked = 13,      // the provider is asked what became of a doubtful attempt: the first time, or because an operator wants it
  held = 14,       // nobody is asked any more; an operator decides
  resent = 15,     // an operator had a doubtful message sent again
  settled = 16,    // an operator closed a doubt
};
std::string_view to_string(EventKind kind);

// One append-only fact. Never holds an address or a provider's free text.
struct Event {
  std::int64_t position = 0;   // commit order over the whole store
  std::uint32_t sequence = 0;  // from 1, per notification
  NotificationId notification;
  OrganisationId organisation;
  ServiceId service;
  std::optional<DeliveryId> delivery;
  std::optional<AttemptId> attempt;
  EventKind kind = EventKind::accepted;
  NotificationStatus status = NotificationStatus::queued;  // after this event
  Instant at{};
  std::string data_json;  // details by kind; "" when none
};

// One line of a list.
struct NotificationSummary {
  NotificationId id;
  OrganisationId organisation;
  ServiceId service;
  KeyKind kind = KeyKind::live;
  std::string template_key;
  TemplateVersionId template_version;
  TemplateClass template_class = TemplateClass::courtesy;
  Priority priority = Priority::normal;
  std::string language;
  NotificationStatus status = NotificationStatus::queued;
  Instant accepted_at{};
  std::optional<Instant> send_at;
  std::optional<Instant> ended_at;
  std::string reference, protocol, case_file;
  std::map<std::string, std::string> labels;
  std::optional<BatchId> batch;
};

// Content: absent once pruned or erased.
struct NotificationContent {
  Recipient recipient;
  std::string data_json;
  std::vector<Attachment> attachments;
};

struct NotificationView {
  NotificationSummary summary;
  std::optional<NotificationContent> content;
  std::vector<StepView> steps;
  std::vector<Event> timeline;  // by sequence
};

}  // namespace messo
