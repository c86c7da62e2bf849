// Suppressions over SQLite: the contract, and what lease and record do with them inside their own transactions.
#pragma once
#include <array>
#include <atomic>

#include "store/suppressions.hpp"

namespace messo::sqlite {

class Connection;
class Database;
class DeliveryChange;
struct Tx;

// Says of nearly every address that it is not suppressed, without a look into the table: one bit an address, in 128 KiB whatever the table
// holds. Bits are set by the writer before the row is, and never taken back while the store is open: a bit too many costs a look-up.
// Thread-safe.
class SuppressionFilter {
 public:
  void add(const Uuid& address_hmac) {
    const std::size_t bit = bit_of(address_hmac);
    words_[bit / 64].fetch_or(1ULL << (bit % 64), std::memory_order_relaxed);
  }
  bool may_hold(const Uuid& address_hmac) const {
    const std::size_t bit = bit_of(address_hmac);
    return (words_[bit / 64].load(std::memory_order_relaxed) & (1ULL << (bit % 64))) != 0;
  }
  // All of the table; before the store is used.
  void load(Connection& db);

 private:
  static constexpr std::size_t kBits = 1U << 20;
  static std::size_t bit_of(const Uuid& h) {
    return ((std::size_t{h.bytes[0]} << 16) | (std::size_t{h.bytes[1]} << 8) | h.bytes[2]) % kBits;
  }
  std::array<std::atomic<std::uint64_t>, kBits / 64> words_{};
};

class SqliteSuppressions final : public Suppressions {
 public:
  explicit SqliteSuppressions(Database& database) : database_(database) {}
  Result<SuppressionAdded> add(const Suppression& suppression, const SuppressionTrace& trace) override;
  Result<Suppression> remove(SuppressionId id, std::optional<OrganisationId> organisation, const SuppressionTrace& trace,
                             Instant now) override;
  Result<SuppressionPage> list(const SuppressionQuery& query) override;
  Result<std::optional<Suppression>> find(OrganisationId organisation, std::string_view address_hmac) override;

 private:
  Database& database_;
};

// Ends the delivery, which is due, as suppressed if its address is; true then. The filter said it may be.
bool suppress_delivery(Tx& tx, OrganisationId organisation, const Uuid& address_hmac, DeliveryId delivery, Instant now);

// Suppresses the address of the delivery for what was said of it, if that is a reason to and its content is still there: an erased
// person's address must not come back.
void suppress_address(Tx& tx, DeliveryId delivery, const Outcome& outcome, Instant at);
void suppress_address(Tx& tx, DeliveryId delivery, const Receipt& receipt, ReceiptKind means, bool settles, Instant at);

// Of an erased person; how many there were.
std::uint64_t forget_suppressions(Connection& db, OrganisationId organisation, std::string_view address_hmac);
// At most `limit` of those that were not made by people and are as old as `before`.
void prune_suppressions(Connection& db, Instant before, std::size_t limit);

}  // namespace messo::sqlite
