// One notification with all that happened to it; events; figures.
#include "store/sqlite/chain.hpp"
#include "store/sqlite/content.hpp"
#include "store/sqlite/ledger_rows.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

constexpr char kFind[] = MESSO_SUMMARY_COLUMNS ", n.content, n.last_delivery, n.last_event, n.plan FROM notification n WHERE n.id = ?1";
constexpr char kContent[] = "SELECT sealed, recipient, data, attachments FROM content WHERE id = ?1";
constexpr char kDelivery[] =
    "SELECT id, step, channel, pool, phase, result, disputed, due_at, expires_at, attempts_counted, closed_at, milestones, attempt, "
    "previous "
    "FROM delivery WHERE id = ?1";
constexpr char kAttempt[] =
    "SELECT id, provider, node, leased_at, handed_over_at, ended_at, outcome, scope, code, public_text, content_hash, previous "
    "FROM attempt WHERE id = ?1";
constexpr char kEvent[] =
    "SELECT position, sequence, notification, organisation, service, delivery, attempt, kind, status, at, data, previous FROM event "
    "WHERE position = ?1";
constexpr char kEventsAfter[] =
    "SELECT position, sequence, notification, organisation, service, delivery, attempt, kind, status, at, data FROM event "
    "WHERE position > ?1 AND (?3 IS NULL OR organisation = ?3) AND (?4 IS NULL OR service = ?4) ORDER BY position LIMIT ?2";
constexpr char kSmsSpentOn[] =
    "SELECT day, kind, owner, segments, cost FROM sms_spent WHERE day BETWEEN ?1 AND ?2 ORDER BY day, kind, owner";
constexpr char kOldest[] =
    "SELECT due_at FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool = ?1 AND priority = ?2 AND organisation = ?3 AND "
    "service = ?4 "
    "AND due_at <= ?5 ORDER BY due_at LIMIT 1";

Event event_of(const Statement& row) {
  Event e;
  e.position = row.number(0);
  e.sequence = static_cast<std::uint32_t>(row.number(1));
  e.notification = row.id<NotificationId>(2);
  e.organisation = row.id<OrganisationId>(3);
  e.service = row.id<ServiceId>(4);
  e.delivery = row.maybe_id<DeliveryId>(5);
  e.attempt = row.maybe_id<AttemptId>(6);
  e.kind = row.as<EventKind>(7);
  e.status = row.as<NotificationStatus>(8);
  e.at = row.instant(9);
  e.data_json = row.text(10);
  return e;
}

std::vector<AttemptView> attempts_of(Connection& db, std::optional<AttemptId> newest) {
  return rows_of_chain<AttemptView>(db, kAttempt, newest, [](const Statement& row) {
    AttemptView a;
    a.id = row.id<AttemptId>(0);
    a.provider = row.id<ProviderId>(1);
    a.node = row.text(2);
    a.leased_at = row.instant(3);
    a.handed_over_at = row.maybe_instant(4);
    a.ended_at = row.maybe_instant(5);
    if (!row.null(6)) a.outcome = row.as<OutcomeKind>(6);
    a.scope = row.as<OutcomeScope>(7);
    a.code = row.text(8);
    a.public_text = row.text(9);
    a.content_hash = row.text(10);
    return a;
  });
}

std::vector<DeliveryView> deliveries_of(Connection& db, std::optional<DeliveryId> newest, Instant now) {
  return rows_of_chain<DeliveryView>(db, kDelivery, newest, [&](const Statement& row) {
    DeliveryView d;
    d.id = row.id<DeliveryId>(0);
    d.step = row.id<StepId>(1);
    d.channel = row.as<Channel>(2);
    d.pool = row.text(3);
    d.due_at = row.instant(7);
    d.state = {visible_phase(row.as<Phase>(4), d.due_at, now), row.as<DeliveryResult>(5), row.number(6) != 0};
    d.expires_at = row.instant(8);
    d.attempts_counted = static_cast<std::uint32_t>(row.number(9));
    d.closed_at = row.maybe_instant(10);
    d.milestones = decisions::milestones_of(static_cast<std::uint32_t>(row.number(11)));
    d.attempts = attempts_of(db, row.maybe_id<AttemptId>(12));
    return d;
  });
}

Result<std::vector<StepView>> steps_of(Connection& db, const std::string& plan, std::optional<DeliveryId> newest, Instant now) {
  const auto steps = unpack_plan(plan);
  if (!steps) return fail(steps.error());
  std::vector<StepView> out;
  for (const NewStep& step : *steps) out.push_back({step.id, step.position, step.spec, step.state, {}});
  for (DeliveryView& d : deliveries_of(db, newest, now)) {
    for (StepView& s : out) {
      if (s.id == d.step) s.deliveries.push_back(d);
    }
  }
  return out;
}

std::vector<Event> timeline_of(Connection& db, std::optional<std::int64_t> newest) {
  return rows_of_chain<Event>(db, kEvent, newest, event_of);
}

}  // namespace

Result<NotificationView> SqliteLedger::find(const Visibility& visibility, NotificationId id) {
  const Instant now = database_.clock().now();
  return database_.read([&](Connection& db) -> Result<NotificationView> {
    NotificationView out;
    std::optional<std::int64_t> content, newest_event;
    std::optional<DeliveryId> newest_delivery;
    std::string plan;
    {
      Cursor row = db.query(kFind, id);
      if (!row.next()) return fail(decisions::no_such_notification());
      auto summary = summary_of(row.row());
      if (!summary) return fail(summary.error());
      out.summary = std::move(*summary);
      content = row->maybe_number(kSummaryColumns);
      newest_delivery = row->maybe_id<DeliveryId>(kSummaryColumns + 1);
      newest_event = row->maybe_number(kSummaryColumns + 2);
      plan = row->text(kSummaryColumns + 3);
    }
    if (!visible(visibility, out.summary)) return fail(decisions::no_such_notification());
    if (content) {
      Cursor row = db.query(kContent, *content);
      if (row.next()) {
        auto loaded = load_content(database_, row.row(), 0, id);
        if (!loaded) return fail(loaded.error());
        out.content = std::move(*loaded);
      }
    }
    auto steps = steps_of(db, plan, newest_delivery, now);
    if (!steps) return fail(steps.error());
    out.steps = std::move(*steps);
    out.timeline = timeline_of(db, newest_event);
    return out;
  });
}

Result<std::vector<Event>> SqliteLedger::events_after(std::int64_t position, std::size_t limit, const Visibility& visibility) {
  return database_.read([&](Connection& db) -> Result<std::vector<Event>> {
    std::vector<Event> out;
    for (Cursor row = db.query(kEventsAfter, position, limit, visibility.organisation, visibility.service); row.next();) {
      out.push_back(event_of(row.row()));
    }
    return out;
  });
}

Result<std::vector<SmsSpentOn>> SqliteLedger::sms_spent(std::int32_t from, std::int32_t to) {
  return database_.read([&](Connection& db) -> Result<std::vector<SmsSpentOn>> {
    std::vector<SmsSpentOn> out;
    for (Cursor row = db.query(kSmsSpentOn, from, to); row.next();) {
      out.push_back({static_cast<std::int32_t>(row->number(0)),
                     row->as<SmsPayerKind>(1),
                     row->uuid(2),
                     {static_cast<std::uint64_t>(row->number(3)), static_cast<std::uint64_t>(row->number(4))}});
    }
    return out;
  });
}

Result<std::vector<Depth>> SqliteLedger::depths(Instant now) {
  const auto lanes = database_.writer().with_totals([](const Totals& t) { return t.lanes; });
  std::map<std::pair<std::string, Priority>, Depth> sums;
  std::vector<LaneKey> waiting;
  for (const auto& [lane, counts] : lanes) {
    if (counts.open() == 0) continue;
    Depth& sum = sums[{lane.pool, lane.priority}];
    sum.pool = lane.pool;
    sum.priority = lane.priority;
    sum.waiting += static_cast<std::uint64_t>(counts.by_phase[0]);
    sum.in_hand += static_cast<std::uint64_t>(counts.by_phase[1]);
    sum.awaiting_receipt += static_cast<std::uint64_t>(counts.by_phase[2]);
    sum.in_doubt += static_cast<std::uint64_t>(counts.by_phase[3]);
    if (counts.by_phase[0] != 0) waiting.push_back(lane);
  }
  return database_.read([&](Connection& db) -> Result<std::vector<Depth>> {
    for (const LaneKey& lane : waiting) {
      Cursor row = db.query(kOldest, lane.pool, lane.priority, lane.organisation, lane.service, now);
      if (!row.next()) continue;
      auto& oldest = sums[{lane.pool, lane.priority}].oldest_due;
      if (!oldest || row->instant(0) < *oldest) oldest = row->instant(0);
    }
    std::vector<Depth> out;
    out.reserve(sums.size());
    for (auto& [key, depth] : sums) out.push_back(std::move(depth));
    return out;
  });
}

Result<Ledger::Books> SqliteLedger::books() {
  return database_.writer().with_totals([](const Totals& t) {
    Books out{static_cast<std::uint64_t>(t.accepted), static_cast<std::uint64_t>(t.open), {}};
    for (const DeliveryResult result : kDeliveryResults) {
      out.closed.emplace_back(result, static_cast<std::uint64_t>(t.closed[static_cast<std::size_t>(result)]));
    }
    return out;
  });
}

}  // namespace messo::sqlite
