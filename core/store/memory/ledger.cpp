#include <algorithm>

#include "store/memory/evidence_chain.hpp"
#include "store/memory/parts.hpp"

namespace messo::memory {
namespace {

bool visible(const Visibility& v, OrganisationId organisation, ServiceId service) {
  return (!v.organisation || *v.organisation == organisation) && (!v.service || *v.service == service);
}

DeliveryView view_of(const State& state, const DeliveryRow& row, Instant now) {
  DeliveryView out;
  out.id = row.id;
  out.step = row.step;
  out.channel = row.channel;
  out.pool = row.pool;
  out.state = row.state;
  out.state.phase = visible_phase(row.state.phase, row.due_at, now);
  out.due_at = row.due_at;
  out.expires_at = row.expires_at;
  out.attempts_counted = row.attempts_counted;
  out.closed_at = row.closed_at;
  out.milestones = decisions::milestones_of(row.milestones);
  for (const AttemptId& id : row.attempts) out.attempts.push_back(state.attempts.at(id).view);
  return out;
}

bool matches(const State& state, const ListQuery& q, const NotificationRow& row) {
  const NotificationSummary& s = row.summary;
  if (!visible(q.visibility, s.organisation, s.service)) return false;
  if (q.reference && *q.reference != s.reference) return false;
  if (q.status && *q.status != s.status) return false;
  if (q.template_key && *q.template_key != s.template_key) return false;
  if (q.from && s.accepted_at < *q.from) return false;
  if (q.to && s.accepted_at >= *q.to) return false;
  if (!q.address_hmac) return true;
  return std::ranges::any_of(row.deliveries, [&](const DeliveryId& id) { return state.deliveries.at(id).address_hmac == *q.address_hmac; });
}

void forget(State& state, const NotificationRow& row) {
  for (const DeliveryId& id : row.deliveries) {
    const DeliveryRow& delivery = state.deliveries.at(id);
    for (const AttemptId& attempt : delivery.attempts) {
      leave_segment(state, delivery.organisation, attempt.value);
      state.as_sent.erase(attempt);
      state.attempts.erase(attempt);
    }
    std::erase_if(state.refs, [&](const auto& entry) { return entry.second.delivery == id; });
    for (auto at = state.receipts.begin(); at != state.receipts.end();) {
      if (at->second.delivery == id) {
        leave_segment(state, delivery.organisation, at->first.value);
        state.dedupe.erase({at->second.provider, at->second.receipt.dedupe_key});
        at = state.receipts.erase(at);
      } else {
        ++at;
      }
    }
    state.deliveries.erase(id);
  }
  std::erase_if(state.events, [&](const Event& e) { return e.notification == row.summary.id; });
}

}  // namespace

Result<NotificationView> MemoryLedger::find(const Visibility& visibility, NotificationId id) {
  const std::scoped_lock hold(shared_.mutex);
  const State& state = shared_.state;
  const auto found = state.notifications.find(id);
  if (found == state.notifications.end()) return fail(decisions::no_such_notification());
  const NotificationRow& row = found->second;
  if (!visible(visibility, row.summary.organisation, row.summary.service)) return fail(decisions::no_such_notification());
  NotificationView out;
  out.summary = row.summary;
  out.content = row.content;
  out.timeline = row.timeline;
  const Instant now = shared_.clock.now();
  for (const NewStep& step : row.steps) {
    StepView view{step.id, step.position, step.spec, step.state, {}};
    for (const DeliveryId& delivery : row.deliveries) {
      const DeliveryRow& d = state.deliveries.at(delivery);
      if (d.step == step.id) view.deliveries.push_back(view_of(state, d, now));
    }
    out.steps.push_back(std::move(view));
  }
  return out;
}

Result<ListPage> MemoryLedger::list(const ListQuery& query) {
  const std::scoped_lock hold(shared_.mutex);
  ListPage page;
  const auto& rows = shared_.state.notifications;
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, 500);
  for (auto at = std::make_reverse_iterator(query.before ? rows.lower_bound(*query.before) : rows.end()); at != rows.rend(); ++at) {
    if (!matches(shared_.state, query, at->second)) continue;
    if (page.items.size() == limit) {
      page.more = true;
      break;
    }
    page.items.push_back(at->second.summary);
  }
  return page;
}

Result<std::vector<Event>> MemoryLedger::events_after(std::int64_t position, std::size_t limit, const Visibility& visibility) {
  const std::scoped_lock hold(shared_.mutex);
  const auto& events = shared_.state.events;
  std::vector<Event> out;
  for (auto at = std::ranges::upper_bound(events, position, {}, &Event::position); at != events.end() && out.size() < limit; ++at) {
    if (visible(visibility, at->organisation, at->service)) out.push_back(*at);
  }
  return out;
}

Result<std::vector<Depth>> MemoryLedger::depths(Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  std::map<std::pair<std::string, Priority>, Depth> sums;
  for (const auto& [lane, depth] : shared_.state.depths) {
    const auto& [organisation, service, pool, priority] = lane;
    Depth& sum = sums[{pool, priority}];
    sum.pool = pool;
    sum.priority = priority;
    sum.waiting += depth.waiting;
    sum.in_hand += depth.in_hand;
    sum.awaiting_receipt += depth.awaiting_receipt;
    sum.in_doubt += depth.in_doubt;
  }
  for (const WorkKey& key : shared_.state.work) {
    if (std::get<Instant>(key) > now) continue;
    auto& oldest = sums[{std::get<std::string>(key), std::get<Priority>(key)}].oldest_due;
    if (!oldest || std::get<Instant>(key) < *oldest) oldest = std::get<Instant>(key);
  }
  std::vector<Depth> out;
  for (auto& [key, depth] : sums) {
    if (depth.waiting + depth.in_hand + depth.awaiting_receipt + depth.in_doubt != 0) out.push_back(std::move(depth));
  }
  return out;
}

Result<Ledger::Books> MemoryLedger::books() {
  const std::scoped_lock hold(shared_.mutex);
  Books out{shared_.state.books.accepted, shared_.state.books.open, {}};
  for (const DeliveryResult result : kDeliveryResults) {
    const auto at = std::ranges::find(shared_.state.books.closed, result, [](const auto& entry) { return entry.first; });
    out.closed.emplace_back(result, at == shared_.state.books.closed.end() ? 0 : at->second);
  }
  return out;
}

Result<std::vector<SmsSpentOn>> MemoryLedger::sms_spent(std::int32_t from, std::int32_t to) {
  const std::scoped_lock hold(shared_.mutex);
  std::vector<SmsSpentOn> out;
  for (const auto& [key, spent] : shared_.state.sms_spent) {
    const auto& [day, kind, owner] = key;
    if (day >= from && day <= to) out.push_back({day, kind, owner, spent});
  }
  return out;
}

Result<Pruned> MemoryLedger::prune(const Retention& retention, Instant now, std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  Pruned out;
  for (auto at = state.notifications.begin(); at != state.notifications.end() && out.contents + out.notifications < limit;) {
    NotificationRow& row = at->second;
    const auto kept = row.summary.template_class == TemplateClass::legal ? retention.legal : retention.ledger;
    if (row.summary.ended_at && *row.summary.ended_at + kept <= now) {
      forget(state, row);
      at = state.notifications.erase(at);
      ++out.notifications;
      continue;
    }
    if (row.content && row.summary.ended_at && *row.summary.ended_at + retention.content <= now) {
      row.content.reset();
      ++out.contents;
    }
    ++at;
  }
  for (auto at = state.idempotency.begin(); at != state.idempotency.end() && out.idempotency_keys < limit;) {
    if (at->second.at + retention.idempotency <= now) {
      at = state.idempotency.erase(at);
      ++out.idempotency_keys;
    } else {
      ++at;
    }
  }
  std::erase_if(state.suppressions, [&](const auto& entry) {
    return entry.second.source != SuppressionSource::person && entry.second.since + retention.ledger <= now;
  });
  const auto first_kept = decisions::first_sms_day(now - retention.ledger);
  std::erase_if(state.sms_spent, [&](const auto& entry) { return std::get<0>(entry.first) < first_kept; });
  return out;
}

Result<Erased> MemoryLedger::erase_person(OrganisationId organisation, std::string_view address_hmac, Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  Erased out;
  for (auto& [id, row] : state.notifications) {
    const bool theirs = row.summary.organisation == organisation && std::ranges::any_of(row.deliveries, [&](const DeliveryId& d) {
                          return state.deliveries.at(d).address_hmac == address_hmac;
                        });
    if (!theirs || !row.content) continue;
    if (!is_final(row.summary.status)) {
      DeliveryRow& delivery = state.deliveries.at(row.deliveries.back());
      const auto to = decisions::withdrawn(delivery.state, row.summary.template_class);
      if (!to) {
        ++out.left;
        continue;
      }
      move(state, delivery, *to, now);
      append(state, row, EventKind::cancelled, delivery.id, {}, now, "");
      ++out.cancelled;
    }
    row.content.reset();
    ++out.erased;
  }
  out.suppressions = std::erase_if(state.suppressions, [&](const auto& entry) {
    return entry.second.organisation == organisation && entry.second.address_hmac == address_hmac;
  });
  return out;
}

}  // namespace messo::memory
