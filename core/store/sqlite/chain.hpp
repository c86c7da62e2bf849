// Chains of rows, the newest first: a notification's deliveries and events, a delivery's attempts (migration 0006).
#pragma once
#include <algorithm>
#include <optional>
#include <vector>

#include "store/sqlite/connection.hpp"

namespace messo::sqlite {

// A notification's deliveries by id, as a subquery; the notification is ?1.
#define MESSO_DELIVERIES_OF_1                                                                                                       \
  "(WITH RECURSIVE chain (id, previous) AS (SELECT d.id, d.previous FROM notification n JOIN delivery d ON d.id = n.last_delivery " \
  "WHERE n.id = ?1 UNION ALL SELECT d.id, d.previous FROM chain c JOIN delivery d ON d.id = c.previous) SELECT id FROM chain)"

// The rows of the chain that begins at `newest`, the oldest first. `sql` reads the row whose key is ?1; `read(row, previous)` makes an item
// of it and sets the key of the row before it, if there is one.
template <class Item, class Key, class F>
std::vector<Item> rows_of_chain(Connection& db, const char* sql, std::optional<Key> newest, F&& read) {
  std::vector<Item> out;
  while (newest) {
    std::optional<Key> previous;
    {
      Cursor row = db.query(sql, *newest);
      if (row.next()) out.push_back(read(row.row(), previous));
    }
    newest = previous;
  }
  std::ranges::reverse(out);
  return out;
}

}  // namespace messo::sqlite
