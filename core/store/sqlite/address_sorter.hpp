// Moves what `address_recent` holds into `address`, in order and in great numbers, so that one page takes several rows.
#pragma once
#include <limits>
#include <mutex>
#include <vector>

#include "base/result.hpp"
#include "model/ids.hpp"

namespace messo::sqlite {

class Database;

// A person's notifications, as a subquery; said are the parameters with the organisation and the HMAC of the address.
#define MESSO_NOTIFICATIONS_TO(organisation, hmac)                                                   \
  "(SELECT notification FROM address WHERE organisation = " organisation " AND address_hmac = " hmac \
  " UNION "                                                                                          \
  "SELECT notification FROM address_recent WHERE organisation = " organisation " AND address_hmac = " hmac ")"

class AddressSorter {
 public:
  // Recent rows are left alone until there are so many: a look-up reads them one by one (some milliseconds).
  static constexpr std::int64_t kEnough = 32'768;

  // Does one small background job's worth if there are `enough` recent rows or a run is under way; blocks until that is durable. True:
  // there is more to do at once. Thread-safe. What is interrupted by the process's end begins anew.
  Result<bool> step(Database& database, std::int64_t enough = kEnough) { return step(database, enough, kNoBound); }
  // Leaves nothing unsorted of what was there at the call: before rows are removed, which are looked for in `address` alone.
  Status sort_all(Database& database);

 private:
  static constexpr std::int64_t kNoBound = std::numeric_limits<std::int64_t>::max();
  struct Entry {
    OrganisationId organisation;
    Uuid address_hmac;  // its 16 bytes
    NotificationId notification;
    auto operator<=>(const Entry&) const = default;
  };
  Result<bool> step(Database& database, std::int64_t enough, std::int64_t up_to);
  Status begin(Database& database, std::int64_t enough, std::int64_t up_to);
  Status insert_some(Database& database);
  Status remove_some(Database& database);

  std::mutex mutex_;  // owns the run
  std::vector<Entry> run_;
  std::size_t inserted_ = 0;
  std::int64_t first_ = 0, last_ = 0;  // positions of the run not removed yet
};

}  // namespace messo::sqlite
