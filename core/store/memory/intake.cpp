#include <algorithm>

#include "store/memory/parts.hpp"

namespace messo::memory {
namespace {

constexpr std::chrono::days kIdempotencyKept{7};

NotificationSummary summary_of(const NewNotification& n) {
  NotificationSummary s;
  s.id = n.id;
  s.organisation = n.organisation;
  s.service = n.service;
  s.kind = n.kind;
  s.template_key = n.template_key;
  s.template_version = n.template_version;
  s.template_class = n.template_class;
  s.priority = n.priority;
  s.language = n.language;
  s.accepted_at = n.accepted_at;
  s.send_at = n.send_at;
  s.reference = n.reference;
  s.protocol = n.protocol;
  s.case_file = n.case_file;
  s.labels = n.labels;
  s.batch = n.batch;
  return s;
}

DeliveryRow delivery_of(const NewNotification& n) {
  DeliveryRow row;
  row.id = n.delivery.id;
  row.notification = n.id;
  row.step = n.delivery.step;
  row.channel = n.delivery.channel;
  row.pool = n.delivery.pool;
  row.priority = n.priority;
  row.organisation = n.organisation;
  row.service = n.service;
  row.batch = n.batch;
  row.address_hmac = n.delivery.address_hmac;
  row.due_at = n.delivery.due_at;
  row.expires_at = n.delivery.expires_at;
  return row;
}

}  // namespace

Result<Accepted> MemoryIntake::accept_locked(const NewNotification& n) {
  State& state = shared_.state;
  if (const Status fine = decisions::check(n); !fine) return fail(fine.error());
  if (n.idempotency) {
    const auto known = state.idempotency.find({n.service, n.idempotency->key});
    if (known != state.idempotency.end() && known->second.at + kIdempotencyKept > n.accepted_at) {
      if (known->second.body == n.idempotency->body) return Accepted{known->second.id, true};
      return fail(decisions::key_reused());
    }
  }
  if (const Status fine = admits_locked(n.service); !fine) return fail(fine.error());
  const auto payers = decisions::sms_payers(*state.directory, n);
  for (const decisions::SmsPayer& payer : payers) {
    const auto at = state.sms_spent.find({n.sms.day, payer.kind, payer.owner});
    const Status fine = decisions::sms_fits(*state.directory, payer, at == state.sms_spent.end() ? SmsSpent{} : at->second, n);
    if (!fine) return fail(fine.error());
  }
  if (state.notifications.contains(n.id) || state.deliveries.contains(n.delivery.id)) return fail(decisions::already_stored());

  NotificationRow& owner = state.notifications[n.id];
  owner.summary = summary_of(n);
  owner.content = NotificationContent{n.recipient, n.data_json, n.attachments};
  owner.steps = n.steps;
  owner.deliveries = {n.delivery.id};
  const auto worked = std::ranges::find(owner.steps, n.delivery.step, &NewStep::id);
  if (worked->state == StepState::waiting) worked->state = StepState::active;
  DeliveryRow& row = state.deliveries[n.delivery.id] = delivery_of(n);
  state.work.insert(work_key(row));
  enter_depth(state, row);
  ++state.books.accepted;
  ++state.books.open;
  if (n.idempotency) state.idempotency[{n.service, n.idempotency->key}] = {n.id, n.idempotency->body, n.accepted_at};
  for (const decisions::SmsPayer& payer : payers) {
    SmsSpent& spent = state.sms_spent[{n.sms.day, payer.kind, payer.owner}];
    spent.segments += n.sms.segments;
    spent.cost += n.sms.cost;
  }
  append(state, owner, EventKind::accepted, {}, {}, n.accepted_at, "");
  ++state.writes;
  return Accepted{n.id, false};
}

Status MemoryIntake::admits_locked(ServiceId service) const {
  const State& state = shared_.state;
  if (state.books.open >= shared_.admission.max_open) return fail(decisions::queue_full());
  const auto open = state.open_by_service.find(service);
  return decisions::admits(*state.directory, service, open == state.open_by_service.end() ? 0 : open->second);
}

Status MemoryIntake::admits(ServiceId service) {
  const std::scoped_lock hold(shared_.mutex);
  return admits_locked(service);
}

Result<Accepted> MemoryIntake::accept(const NewNotification& notification) {
  const std::scoped_lock hold(shared_.mutex);
  return accept_locked(notification);
}

std::vector<Result<Accepted>> MemoryIntake::accept_many(std::span<const NewNotification> notifications) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<Result<Accepted>> out;
  out.reserve(notifications.size());
  for (const NewNotification& n : notifications) out.push_back(accept_locked(n));
  return out;
}

Result<std::optional<Intake::Known>> MemoryIntake::find_idempotent(ServiceId service, std::string_view key) {
  const std::scoped_lock hold(shared_.mutex);
  const auto known = shared_.state.idempotency.find({service, std::string(key)});
  if (known == shared_.state.idempotency.end() || known->second.at + kIdempotencyKept <= shared_.clock.now()) return std::nullopt;
  return Known{known->second.id, known->second.body};
}

Result<NotificationStatus> MemoryIntake::cancel(ServiceId service, NotificationId id, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  const auto found = state.notifications.find(id);
  if (found == state.notifications.end() || found->second.summary.service != service) return fail(decisions::no_such_notification());
  NotificationRow& owner = found->second;
  if (is_final(owner.summary.status)) return fail(decisions::already_ended(owner.summary.status));
  DeliveryRow& row = state.deliveries.at(owner.deliveries.back());
  const auto to = messo::apply(row.state, Change::cancel);
  if (!to) return fail(decisions::already_left());
  move(state, row, *to, now);
  append(state, owner, EventKind::cancelled, row.id, {}, now, "");
  return owner.summary.status;
}

}  // namespace messo::memory
