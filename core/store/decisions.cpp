#include "store/decisions.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace messo::decisions {
namespace {

EventKind event_of(Change change) {
  switch (change) {
    case Change::doubt: return EventKind::in_doubt;
    case Change::release: return EventKind::attempt_released;
    case Change::expire: return EventKind::expired;
    case Change::suppress: return EventKind::closed;
    default: return EventKind::outcome;
  }
}

// Codes come from plugins: nearly always plain, but they must not break the JSON.
void add(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += out.empty() ? "{\"" : ",\"";
  out.append(name).append("\":");
  const bool plain = std::ranges::all_of(value, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; });
  if (plain) {
    out.append("\"").append(value).append("\"");
  } else {
    out += nlohmann::json(value).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  }
}
std::string closed_object(std::string out) {
  if (!out.empty()) out += '}';
  return out;
}

}  // namespace

OnOutcome on_outcome(DeliveryState delivery, const AttemptFacts& attempt, const OutcomeRecord& record) {
  Change change = record.verdict.change;
  const bool not_out = change == Change::doubt || change == Change::retry || change == Change::release;
  if (attempt.open && attempt.newest && attempt.accepted && not_out) change = Change::sent_awaiting;
  OnOutcome out{Recorded::appended, delivery, EventKind::late_outcome, !attempt.outcome.has_value(), false};
  if (attempt.open) {
    if (const auto to = apply(delivery, change)) {
      const bool touched = change != Change::release;
      return {Recorded::applied, *to, event_of(change), true, touched && record.verdict.counts, touched};
    }
    return out;  // a receipt overtook it
  }
  const bool still_unsaid = !attempt.outcome || *attempt.outcome == OutcomeKind::unknown;
  if (!still_unsaid) return out;
  if (record.outcome.kind == OutcomeKind::unknown) {
    out.tell = !attempt.outcome;  // "still unknown" tells nothing new
    return out;
  }
  out.keep_outcome = true;
  const bool left = change == Change::sent_final || change == Change::sent_simulated || change == Change::sent_awaiting;
  if (!attempt.newest && !left) return out;
  if (const auto to = apply_late(delivery, change)) {
    out.recorded = Recorded::settled;
    out.state = *to;
  }
  return out;
}

OnReceipt on_receipt(DeliveryState delivery, std::uint32_t milestones, const Receipt& receipt, bool settles, bool complete) {
  OnReceipt out;
  out.state = delivery;
  out.means = receipt.kind;
  out.code = receipt.code;
  const bool warned = has_milestone(milestones, Milestone::warning_12h);
  if (settles && warned && receipt.kind == ReceiptKind::milestone && receipt.milestone == Milestone::warning_12h) {
    out.means = ReceiptKind::undelivered;
    out.code = "pec.no_delivery_24h";
  }
  out.event = out.means == ReceiptKind::milestone ? EventKind::milestone : EventKind::receipt;
  if (!settles) return out;
  std::optional<DeliveryState> to;
  switch (out.means) {
    case ReceiptKind::delivered:
      // A part that arrived says at least that the provider has the message: the others' receipts are waited for.
      to = complete ? apply(delivery, Change::receipt_delivered) : apply_late(delivery, Change::sent_awaiting);
      break;
    case ReceiptKind::undelivered: to = apply(delivery, Change::receipt_undelivered); break;
    case ReceiptKind::milestone:
      out.milestone = receipt.milestone;
      // The provider has it after all (a PEC's accettazione naming our Message-ID): the doubt is settled, or another try not needed, and
      // the receipt still due.
      if (receipt.milestone == Milestone::accepted) to = apply_late(delivery, Change::sent_awaiting);
      break;
  }
  if (to && *to != delivery) {
    out.state = *to;
    out.changed = true;
    out.newly_disputed = to->disputed && !delivery.disputed;
  }
  return out;
}

bool settles(Verification verification, std::span<const Verification> settling) {
  if (settling.empty()) return verification == Verification::valid;
  return std::ranges::find(settling, verification) != settling.end();
}

bool may_poll(const Worker& worker, std::string_view node, const std::optional<BootId>& boot, Instant leased_until, Instant now) {
  return !boot || node == worker.node || leased_until <= now;
}

Seconds receipt_wait(Channel channel) {
  using namespace std::chrono_literals;
  switch (channel) {
    case Channel::pec: return 30h;     // the definitive notice of non-delivery comes within 24 h (RFC 6109 §3.1.4), and a margin
    case Channel::sms: return 72h;     // validity periods of 48 h, and late reports
    case Channel::email: return 120h;  // a relay's delivery status notification (RFC 5321 §4.5.4.1: 4 to 5 days)
    case Channel::io:
    case Channel::push:
    case Channel::webhook: return 24h;
  }
  return 72h;
}

bool acceptance_is_due(Phase phase, std::uint32_t milestones) {
  const bool out = phase == Phase::handed_over || phase == Phase::awaiting_receipt || phase == Phase::in_doubt;
  return out && !has_milestone(milestones, Milestone::accepted);
}

Recovery on_crash(Phase phase, std::uint32_t crashes, OnDoubt policy, bool accepted) {
  if (phase == Phase::leased) return Recovery::released;
  if (accepted) return Recovery::accepted;
  if (crashes >= kPoisonousAfter) return Recovery::poisonous;
  return policy == OnDoubt::resend ? Recovery::resent : Recovery::in_doubt;
}

DeliveryState after(Recovery recovery, DeliveryState before) {
  if (recovery == Recovery::accepted) return apply(before, Change::sent_awaiting).value_or(before);
  const bool again = recovery == Recovery::released || recovery == Recovery::resent;
  return apply(before, again ? Change::release : Change::doubt).value_or(before);
}

std::string outcome_data(const OutcomeRecord& record, ProviderId provider, bool due_again) {
  std::string out;
  add(out, "outcome", to_string(record.outcome.kind));
  if (record.outcome.scope != OutcomeScope::message) add(out, "scope", to_string(record.outcome.scope));
  add(out, "code", record.outcome.code);
  add(out, "provider", provider.to_string());
  const Change change = record.verdict.change;
  if (due_again && (change == Change::retry || change == Change::release)) add(out, "next_attempt_at", to_rfc3339(record.verdict.due_at));
  return closed_object(std::move(out));
}

std::string receipt_data(const Receipt& receipt, const OnReceipt& decision, ProviderId provider) {
  std::string out;
  if (decision.means == ReceiptKind::milestone) {
    add(out, "milestone", to_string(receipt.milestone));
  } else {
    add(out, "receipt", to_string(decision.means));
  }
  add(out, "verification", to_string(receipt.verification));
  if (receipt.scope != OutcomeScope::message) add(out, "scope", to_string(receipt.scope));
  add(out, "code", decision.code);
  add(out, "provider", provider.to_string());
  add(out, "happened_at", to_rfc3339(receipt.at));
  return closed_object(std::move(out));
}

std::string recovered_data(Phase was, DeliveryState now) {
  std::string out;
  add(out, "was", to_string(was));
  add(out, "now", to_string(now.phase));
  return closed_object(std::move(out));
}

std::string closed_data(DeliveryResult result) {
  std::string out;
  add(out, "result", to_string(result));
  return closed_object(std::move(out));
}

std::vector<Milestone> milestones_of(std::uint32_t bits) {
  std::vector<Milestone> out;
  for (const Milestone m :
       {Milestone::accepted, Milestone::warning_12h, Milestone::read, Milestone::paid, Milestone::delayed, Milestone::complained}) {
    if (has_milestone(bits, m)) out.push_back(m);
  }
  return out;
}

Instant due_after_set_back(Instant due_at, bool tried, std::optional<Instant> send_at, Instant was, Instant now) {
  if (due_at <= now) return due_at;
  if (due_at > was) return tried ? due_at - (was - now) : due_at;
  return tried ? now : std::max(now, send_at.value_or(now));
}

Status check(const NewNotification& n) {
  const auto defect = [](std::string what) {
    return fail(ErrorKind::internal, "bad_notification", "The job could not be stored.", std::move(what));
  };
  if (n.id.is_nil() || n.delivery.id.is_nil() || n.organisation.is_nil() || n.service.is_nil()) return defect("an id is missing");
  if (n.delivery.pool.empty()) return defect("delivery without a pool");
  if (n.delivery.address_hmac.size() != 16) return defect("address_hmac is not 16 bytes");
  const auto owner = std::ranges::find_if(n.steps, [&](const NewStep& s) { return s.id == n.delivery.step; });
  if (owner == n.steps.end()) return defect("the delivery's step is not in the plan");
  if (n.steps.size() > 64) return defect("more than 64 steps");
  return {};
}

namespace {
Error overloaded(std::string code, std::string message, Seconds retry_after) {
  return {ErrorKind::overloaded, std::move(code), std::move(message), {}, {}, retry_after};
}
Error plain(ErrorKind kind, std::string code, std::string message) { return {kind, std::move(code), std::move(message), {}, {}, {}}; }
}  // namespace

std::optional<DeliveryState> withdrawn(DeliveryState delivery, TemplateClass template_class) {
  if (template_class == TemplateClass::legal) return {};
  return messo::apply(delivery, Change::cancel);
}

Status admits(const DirectorySnapshot& directory, ServiceId service, std::uint64_t open) {
  const auto known = directory.services.find(service);
  if (known == directory.services.end() || known->second.limits.queued == 0 || open < known->second.limits.queued) return {};
  return fail(service_queue_full());
}

Error key_reused() {
  return plain(ErrorKind::conflict, "idempotency_key_reused",
               "This Idempotency-Key was used before with another body; use a new key for a new notification.");
}
Error already_stored() { return plain(ErrorKind::conflict, "already_stored", "A notification with this id exists already."); }
Error queue_full() { return overloaded("queue_full", "Too many notifications are waiting to be sent; try again later.", Seconds{30}); }
Error service_queue_full() {
  return overloaded("service_queue_full", "This service has reached its limit of waiting notifications; try again later.", Seconds{30});
}
Error intake_full() {
  return overloaded("intake_full", "Notifications arrive faster than they can be stored; try again shortly.", Seconds{1});
}
Error disk_full() { return overloaded("disk_full", "There is too little space left to take on more work; try again later.", Seconds{60}); }
Error no_such_notification() { return plain(ErrorKind::not_found, "notification_not_found", "There is no such notification."); }
Error already_left() {
  return plain(ErrorKind::conflict, "already_left", "The notification is with the provider already and cannot be cancelled any more.");
}
Error already_ended(NotificationStatus status) {
  return plain(ErrorKind::conflict, "already_ended", "The notification has ended already: " + std::string(to_string(status)) + ".");
}
Error no_such_template() {
  return plain(ErrorKind::not_found, "template_not_found", "There is no such template, or none of its versions is published.");
}
Error no_such_attempt() { return plain(ErrorKind::not_found, "attempt_not_found", "There is no such attempt, or it has ended."); }
Error kept_otherwise() { return plain(ErrorKind::conflict, "kept_otherwise", "Another message has been kept as sent for this attempt."); }
Error checkpoint_too_large() { return plain(ErrorKind::too_large, "checkpoint_too_large", "A checkpoint holds at most 64 KiB."); }
Error no_such_item() { return plain(ErrorKind::not_found, "no_such_item", "There is no such item in quarantine."); }
Error no_such_receipt() { return plain(ErrorKind::not_found, "no_such_receipt", "There is no such receipt."); }
Error mailbox_lost() { return plain(ErrorKind::conflict, "mailbox_lost", "Another node polls this mailbox now."); }
Error no_such_segment() { return plain(ErrorKind::not_found, "no_such_segment", "There is no such segment of the evidence chain."); }
Error chain_moved() { return plain(ErrorKind::conflict, "chain_moved", "The evidence chain has moved on; look again."); }
Error no_such_blob() { return plain(ErrorKind::not_found, "blob_not_found", "There is no such attachment any more."); }

}  // namespace messo::decisions
