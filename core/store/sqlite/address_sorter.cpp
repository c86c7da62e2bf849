#include "store/sqlite/address_sorter.hpp"

#include <algorithm>
#include <span>

#include "store/sqlite/database.hpp"

namespace messo::sqlite {
namespace {

// Two seeks; together in one SELECT they would be a scan.
constexpr char kRecentBounds[] = "SELECT (SELECT min(position) FROM address_recent), (SELECT max(position) FROM address_recent)";
constexpr char kRecentRun[] = "SELECT organisation, address_hmac, notification FROM address_recent WHERE position BETWEEN ?1 AND ?2";
constexpr char kSortIn[] = "INSERT OR IGNORE INTO address (organisation, address_hmac, notification) VALUES (?1,?2,?3)";
constexpr char kDropRecent[] = "DELETE FROM address_recent WHERE position BETWEEN ?1 AND ?2";
constexpr std::int64_t kMostPerRun = AddressSorter::kEnough;  // 1.5 MiB while it lasts; sorted by SQLite it would be three times that
constexpr std::size_t kInsertedAtOnce = 256;
constexpr std::int64_t kAddressesRemovedAtOnce = 4'096;

}  // namespace

Status AddressSorter::begin(Database& database, std::int64_t enough, std::int64_t up_to) {
  return database.read([&](Connection& db) -> Status {
    {
      Cursor row = db.query(kRecentBounds);
      if (!row.next() || row->null(0)) return {};
      first_ = row->number(0);
      last_ = std::min({row->number(1), up_to, first_ + kMostPerRun - 1});
      if (last_ - first_ + 1 < enough) return {};
    }
    inserted_ = 0;
    run_.reserve(static_cast<std::size_t>(last_ - first_ + 1));
    for (Cursor row = db.query(kRecentRun, first_, last_); row.next();) {
      run_.push_back({row->id<OrganisationId>(0), row->uuid(1), row->id<NotificationId>(2)});
    }
    std::ranges::sort(run_);
    return {};
  });
}

Status AddressSorter::insert_some(Database& database) {
  const auto chunk = std::span(run_).subspan(inserted_, std::min(kInsertedAtOnce, run_.size() - inserted_));
  Status done = database.write(Turn::background, chunk.size(), [&](Tx& tx) -> Status {
    for (const Entry& e : chunk) tx.db.run(kSortIn, e.organisation, e.address_hmac, e.notification);
    return {};
  });
  if (done) inserted_ += chunk.size();
  return done;
}

Status AddressSorter::remove_some(Database& database) {
  const std::int64_t to = std::min(last_, first_ + kAddressesRemovedAtOnce - 1);
  Status done = database.write(Turn::background, 1, [&](Tx& tx) -> Status {
    tx.db.run(kDropRecent, first_, to);
    return {};
  });
  if (done) first_ = to + 1;
  return done;
}

Result<bool> AddressSorter::step(Database& database, std::int64_t enough, std::int64_t up_to) {
  const std::scoped_lock hold(mutex_);
  Status done;
  if (run_.empty()) {
    done = begin(database, enough, up_to);
  } else if (inserted_ < run_.size()) {
    done = insert_some(database);
  } else {
    done = remove_some(database);
    if (done && first_ > last_) run_ = {};
  }
  if (!done) return fail(std::move(done.error()));
  return !run_.empty();
}

Status AddressSorter::sort_all(Database& database) {
  const auto newest = database.read([](Connection& db) -> Result<std::int64_t> {
    Cursor row = db.query(kRecentBounds);
    return row.next() ? row->number(1) : 0;
  });
  if (!newest) return fail(newest.error());
  for (;;) {
    const auto more = step(database, 1, *newest);
    if (!more) return fail(more.error());
    if (!*more) return {};
  }
}

}  // namespace messo::sqlite
