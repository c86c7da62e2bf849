#include "store/sqlite/change.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

constexpr char kDueTimers[] = "SELECT kind, subject, due_at FROM timer WHERE due_at <= ?1 ORDER BY due_at, kind, subject LIMIT ?2";
constexpr char kRipe[] = "SELECT kind, subject, due_at FROM timer WHERE due_at <= ?1 AND kind <> 2 ORDER BY due_at, kind, subject LIMIT ?2";
constexpr char kStillDue[] = "SELECT 1 FROM timer WHERE kind = ?1 AND subject = ?2 AND due_at <= ?3";
constexpr std::size_t kTimersAtOnce = 256;

Result<std::vector<Timer>> read_timers(Database& database, const char* sql, Instant now, std::size_t limit) {
  return database.read([&](Connection& db) -> Result<std::vector<Timer>> {
    std::vector<Timer> out;
    for (Cursor row = db.query(sql, now, limit); row.next();) out.push_back({row->as<TimerKind>(0), row->uuid(1), row->instant(2)});
    return out;
  });
}

bool fire_one(Tx& tx, const Timer& timer, Instant now) {
  if (!tx.db.query(kStillDue, timer.kind, timer.subject, now).next()) return false;
  clear_timer(tx.db, timer.kind, timer.subject);
  auto delivery = DeliveryChange::load(tx, DeliveryId{timer.subject});
  const auto to = delivery ? messo::apply(delivery->state(), Change::silence) : std::nullopt;
  if (!to) return true;
  delivery->move(*to, now);
  delivery->event(EventKind::closed, {}, now, decisions::closed_data(to->result));
  delivery->save();
  return true;
}

}  // namespace

Status SqliteTimers::set(const Timer& timer) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Status {
    set_timer(tx.db, timer, {});
    return {};
  });
}

Status SqliteTimers::clear(TimerKind kind, const Uuid& subject) {
  return database_.write(Turn::work, 1, [&](Tx& tx) -> Status {
    clear_timer(tx.db, kind, subject);
    return {};
  });
}

Result<std::vector<Timer>> SqliteTimers::due(Instant now, std::size_t limit) { return read_timers(database_, kDueTimers, now, limit); }

Result<std::size_t> SqliteTimers::fire(Instant now, std::size_t limit) {
  const auto ripe = read_timers(database_, kRipe, now, limit);
  if (!ripe) return fail(ripe.error());
  std::size_t fired = 0;
  for (std::size_t at = 0; at < ripe->size(); at += kTimersAtOnce) {
    const auto chunk = std::span(*ripe).subspan(at, std::min(kTimersAtOnce, ripe->size() - at));
    const auto done = database_.write(Turn::work, chunk.size(), [&](Tx& tx) -> Result<std::size_t> {
      std::size_t n = 0;
      for (const Timer& timer : chunk) n += fire_one(tx, timer, now) ? 1 : 0;
      return n;
    });
    if (!done) return fail(done.error());
    fired += *done;
  }
  return fired;
}

}  // namespace messo::sqlite
