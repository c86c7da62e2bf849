// Chains of rows, the newest first: a notification's deliveries and events, a delivery's attempts (migration 0006).
#pragma once
#include <algorithm>
#include <optional>
#include <type_traits>
#include <vector>

#include "store/sqlite/connection.hpp"

namespace messo::sqlite {

// A notification's deliveries by id, as a subquery; the notification is ?1.
#define MESSO_DELIVERIES_OF_1                                                                                                       \
  "(WITH RECURSIVE chain (id, previous) AS (SELECT d.id, d.previous FROM notification n JOIN delivery d ON d.id = n.last_delivery " \
  "WHERE n.id = ?1 UNION ALL SELECT d.id, d.previous FROM chain c JOIN delivery d ON d.id = c.previous) SELECT id FROM chain)"

// A key of a chained row: an id, or a position.
template <class Key>
Key key_of(const Statement& row, int column) {
  if constexpr (std::is_integral_v<Key>) {
    return row.number(column);
  } else {
    return row.id<Key>(column);
  }
}

// The rows of the chain that begins at `newest`, the oldest first, each as `read` makes it. `sql` reads the row whose key is ?1; its last
// column is the key of the row before, NULL for the oldest.
template <class Item, class Key, class F>
std::vector<Item> rows_of_chain(Connection& db, const char* sql, std::optional<Key> newest, F&& read) {
  std::vector<Item> out;
  for (std::optional<Key> next = newest; next;) {
    const Key key = *next;
    Cursor row = db.query(sql, key);
    next.reset();
    if (!row.next()) break;
    if (const int last = row->columns() - 1; !row->null(last)) next = key_of<Key>(row.row(), last);
    out.push_back(read(row.row()));
  }
  std::ranges::reverse(out);
  return out;
}

// Their keys alone; the key is the first column.
template <class Key>
std::vector<Key> keys_of_chain(Connection& db, const char* sql, std::optional<Key> newest) {
  return rows_of_chain<Key>(db, sql, newest, [](const Statement& row) { return key_of<Key>(row, 0); });
}

// The key `sql` reads in the row of `owner`: its newest.
template <class Key, class Owner>
std::optional<Key> newest_of(Connection& db, const char* sql, const Owner& owner) {
  Cursor row = db.query(sql, owner);
  if (!row.next() || row->null(0)) return {};
  return key_of<Key>(row.row(), 0);
}

// The oldest first.
inline std::vector<DeliveryId> delivery_ids(Connection& db, NotificationId notification) {
  return keys_of_chain(db, "SELECT id, previous FROM delivery WHERE id = ?1",
                       newest_of<DeliveryId>(db, "SELECT last_delivery FROM notification WHERE id = ?1", notification));
}
inline std::vector<AttemptId> attempt_ids(Connection& db, DeliveryId delivery) {
  return keys_of_chain(db, "SELECT id, previous FROM attempt WHERE id = ?1",
                       newest_of<AttemptId>(db, "SELECT attempt FROM delivery WHERE id = ?1", delivery));
}
inline std::vector<std::int64_t> event_positions(Connection& db, NotificationId notification) {
  return keys_of_chain(db, "SELECT position, previous FROM event WHERE position = ?1",
                       newest_of<std::int64_t>(db, "SELECT last_event FROM notification WHERE id = ?1", notification));
}

}  // namespace messo::sqlite
