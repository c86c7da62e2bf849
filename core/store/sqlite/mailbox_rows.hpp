// Rows of polled mailboxes, inside the transaction that stores their receipts.
#pragma once
#include "store/decisions.hpp"
#include "store/mailbox_store.hpp"
#include "store/sqlite/connection.hpp"

namespace messo::sqlite {

bool holds_mailbox(Connection& db, const Worker& worker, ProviderId provider, std::string_view mailbox);
// Cursor, newly seen items, items in trouble.
void put_poll_state(Connection& db, ProviderId provider, const PollState& poll, Instant now);
// Removes an item in trouble, whatever its state.
void drop_trouble(Connection& db, QuarantineId id);

}  // namespace messo::sqlite
