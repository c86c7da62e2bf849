// The reading half of the work queue: skip-scans over the work index.
#include <algorithm>

#include "store/decisions.hpp"
#include "store/sqlite/lanes.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

// Every lane's head in turn: each query is a seek past the lane before it.
constexpr char kFirstLane[] =
    "SELECT priority, organisation, service, due_at FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool = ?1 "
    "ORDER BY priority, organisation, service, due_at LIMIT 1";
// The next lane: another service, else another organisation, else another priority. Three seeks: SQLite starts a row-value comparison,
// (priority, organisation, service) > (...), at the first equal row and would walk the whole lane.
constexpr char kNextService[] =
    "SELECT priority, organisation, service, due_at FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool = ?1 AND priority = ?2 "
    "AND organisation = ?3 AND service > ?4 ORDER BY service, due_at LIMIT 1";
constexpr char kNextOrganisation[] =
    "SELECT priority, organisation, service, due_at FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool = ?1 AND priority = ?2 "
    "AND organisation > ?3 ORDER BY organisation, service, due_at LIMIT 1";
constexpr char kNextPriority[] =
    "SELECT priority, organisation, service, due_at FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool = ?1 AND priority > ?2 "
    "ORDER BY priority, organisation, service, due_at LIMIT 1";
constexpr char kDue[] =
    "SELECT id, batch, due_at, expires_at FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool = ?1 AND priority = ?2 "
    "AND organisation = ?3 AND service = ?4 AND due_at <= ?5 ORDER BY due_at, id LIMIT ?6";
constexpr char kDueAfter[] =
    "SELECT id, batch, due_at, expires_at FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool = ?1 AND priority = ?2 "
    "AND organisation = ?3 AND service = ?4 AND (due_at, id) > (?7, ?8) AND due_at <= ?5 ORDER BY due_at, id LIMIT ?6";
constexpr char kLaneLater[] =
    "SELECT due_at FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool = ?1 AND priority = ?2 AND organisation = ?3 AND "
    "service = ?4 "
    "AND due_at > ?5 ORDER BY due_at LIMIT 1";

}  // namespace

std::optional<LaneHead> lane_after(Connection& db, std::string_view pool, const Lane* last) {
  const auto read = [&](Cursor row) -> std::optional<LaneHead> {
    if (!row.next()) return {};
    return LaneHead{{std::string(pool), row->as<Priority>(0), row->id<OrganisationId>(1), row->id<ServiceId>(2)}, row->instant(3)};
  };
  if (!last) return read(Cursor(db.prepared(kFirstLane).bind_all(pool)));
  if (auto lane = read(Cursor(db.prepared(kNextService).bind_all(pool, last->priority, last->organisation, last->service)))) return lane;
  if (auto lane = read(Cursor(db.prepared(kNextOrganisation).bind_all(pool, last->priority, last->organisation)))) return lane;
  return read(Cursor(db.prepared(kNextPriority).bind_all(pool, last->priority)));
}

Result<std::vector<LaneHead>> SqliteWorkQueue::lanes(std::string_view pool, Instant now) {
  return database_.read([&](Connection& db) -> Result<std::vector<LaneHead>> {
    std::vector<LaneHead> out;
    each_lane(db, pool, [&](const LaneHead& head) {
      if (head.oldest_due <= now) out.push_back(head);
    });
    return out;
  });
}

Result<std::vector<DueDelivery>> SqliteWorkQueue::due(const Lane& lane, Instant now, std::size_t limit, const DueDelivery* after) {
  return database_.read([&](Connection& db) -> Result<std::vector<DueDelivery>> {
    std::vector<DueDelivery> out;
    Statement& statement = db.prepared(after ? kDueAfter : kDue);
    statement.bind_all(lane.pool, lane.priority, lane.organisation, lane.service, now, limit);
    if (after) {
      statement.bind(7, after->due_at);
      statement.bind(8, after->delivery);
    }
    for (Cursor row(statement); row.next();) {
      out.push_back({row->id<DeliveryId>(0), row->maybe_id<BatchId>(1), row->instant(2), row->instant(3)});
    }
    return out;
  });
}

Result<std::optional<Instant>> SqliteWorkQueue::next_due(std::string_view pool, Instant now) {
  return database_.read([&](Connection& db) -> Result<std::optional<Instant>> {
    std::optional<Instant> next;
    each_lane(db, pool, [&](const LaneHead& head) {
      std::optional<Instant> later;
      if (head.oldest_due > now) {
        later = head.oldest_due;
      } else {
        Cursor row = db.query(kLaneLater, pool, head.lane.priority, head.lane.organisation, head.lane.service, now);
        if (row.next()) later = row->instant(0);
      }
      if (later && (!next || *later < *next)) next = later;
    });
    return next;
  });
}

Result<std::vector<RateState>> SqliteWorkQueue::rates() {
  return database_.read([](Connection& db) -> Result<std::vector<RateState>> {
    std::vector<RateState> out;
    for (Cursor row = db.query("SELECT provider, window, tokens, at FROM rate_bucket ORDER BY provider, window"); row.next();) {
      out.push_back({row->id<ProviderId>(0), row->text(1), row->real(2), row->instant(3)});
    }
    return out;
  });
}

Result<std::string> SqliteWorkQueue::checkpointed(AttemptId attempt) {
  return database_.read([&](Connection& db) -> Result<std::string> {
    Cursor row = db.query("SELECT c.bytes FROM attempt a LEFT JOIN attempt_checkpoint c ON c.attempt = a.id WHERE a.id = ?1", attempt);
    if (!row.next()) return fail(decisions::no_such_attempt());
    return row->text(0);
  });
}

}  // namespace messo::sqlite
