// Personal data on its way into and out of the content rows: packed, and sealed when the store is told to.
#pragma once
#include "store/sqlite/codec.hpp"
#include "store/sqlite/database.hpp"

namespace messo::sqlite {

// What the content row holds.
struct StoredContent {
  bool sealed = false;
  std::string recipient, data, attachments;  // attachments: "" when there are none
};
StoredContent store_content(const Database& database, const NewNotification& notification);

// Reads the four columns (sealed, recipient, data, attachments) from `first` on.
Result<NotificationContent> load_content(const Database& database, const Statement& row, int first, NotificationId notification);

}  // namespace messo::sqlite
