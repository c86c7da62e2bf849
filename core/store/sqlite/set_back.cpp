// After the wall clock was set back: waiting rows get the time they would have had by the new clock.
#include "store/decisions.hpp"
#include "store/sqlite/lanes.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

constexpr std::size_t kRowsAtOnce = 500;
constexpr char kNextPool[] = "SELECT pool FROM delivery INDEXED BY delivery_work WHERE phase = 1 AND pool > ?1 ORDER BY pool LIMIT 1";
constexpr char kNotYetDue[] =
    "SELECT d.id, d.due_at, d.attempt IS NOT NULL, n.send_at FROM delivery d INDEXED BY delivery_work "
    "JOIN notification n ON n.id = d.notification WHERE d.phase = 1 AND d.pool = ?1 AND d.priority = ?2 AND d.organisation = ?3 "
    "AND d.service = ?4 AND (d.due_at, d.id) > (?5, ?6) ORDER BY d.due_at, d.id LIMIT ?7";
constexpr char kMoveDue[] = "UPDATE delivery SET due_at = ?3 WHERE id = ?1 AND phase = 1 AND due_at = ?2";

struct WaitingRow {
  DeliveryId id;
  Instant due_at{};
  bool tried = false;
  std::optional<Instant> send_at;
};

Result<std::vector<Lane>> lanes_of_all_pools(Database& database) {
  return database.read([](Connection& db) -> Result<std::vector<Lane>> {
    std::vector<Lane> out;
    for (std::string pool;;) {
      {
        Cursor row = db.query(kNextPool, std::string_view(pool));
        if (!row.next()) return out;
        pool = row->text(0);
      }
      each_lane(db, pool, [&](const LaneHead& head) { out.push_back(head.lane); });
    }
  });
}

// A row that moves comes to lie before the position reached, so that none is met twice.
Result<std::size_t> set_lane_back(Database& database, const Lane& lane, Instant was, Instant now) {
  std::size_t moved = 0;
  WaitingRow reached{{}, now + Millis{1}, false, {}};
  for (;;) {
    const auto rows = database.read([&](Connection& db) -> Result<std::vector<WaitingRow>> {
      std::vector<WaitingRow> out;
      for (Cursor row = db.query(kNotYetDue, std::string_view(lane.pool), lane.priority, lane.organisation, lane.service, reached.due_at,
                                 reached.id, kRowsAtOnce);
           row.next();) {
        out.push_back({row->id<DeliveryId>(0), row->instant(1), row->number(2) != 0, row->maybe_instant(3)});
      }
      return out;
    });
    if (!rows) return fail(rows.error());
    if (rows->empty()) return moved;
    reached = rows->back();
    const auto changed = database.write(Turn::work, rows->size(), [&](Tx& tx) -> Result<std::size_t> {
      std::size_t count = 0;
      for (const WaitingRow& row : *rows) {
        const Instant due_at = decisions::due_after_set_back(row.due_at, row.tried, row.send_at, was, now);
        if (due_at == row.due_at) continue;
        tx.db.run(kMoveDue, row.id, row.due_at, due_at);
        ++count;
      }
      return count;
    });
    if (!changed) return fail(changed.error());
    moved += *changed;
  }
}

}  // namespace

Result<std::size_t> SqliteWorkQueue::clock_set_back(Instant was, Instant now) {
  const auto lanes = lanes_of_all_pools(database_);
  if (!lanes) return fail(lanes.error());
  std::size_t moved = 0;
  for (const Lane& lane : *lanes) {
    const auto some = set_lane_back(database_, lane, was, now);
    if (!some) return fail(some.error());
    moved += *some;
  }
  return moved;
}

}  // namespace messo::sqlite
