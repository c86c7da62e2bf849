#include "store/sqlite/suppressions.hpp"

#include "store/sqlite/change.hpp"
#include "store/sqlite/content.hpp"
#include "store/suppression_decisions.hpp"

namespace messo::sqlite {
namespace {

#define MESSO_SUPPRESSION_COLUMNS \
  "SELECT id, organisation, channel, address_hmac, address, source, reason, since, delivery, notification FROM suppression "
constexpr char kSuppressionOfAddress[] = MESSO_SUPPRESSION_COLUMNS "WHERE organisation = ?1 AND address_hmac = ?2";
constexpr char kSuppressionById[] = MESSO_SUPPRESSION_COLUMNS "WHERE id = ?1 AND (?2 IS NULL OR organisation = ?2)";
constexpr char kSuppressionsOfAll[] =
    MESSO_SUPPRESSION_COLUMNS "WHERE (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR channel = ?2) ORDER BY id DESC LIMIT ?3";
constexpr char kSuppressionsOfOne[] = MESSO_SUPPRESSION_COLUMNS
    "INDEXED BY suppression_list WHERE organisation = ?4 AND (?1 IS NULL OR id < ?1) AND (?2 IS NULL OR channel = ?2) "
    "ORDER BY id DESC LIMIT ?3";
constexpr char kPutSuppression[] =
    "INSERT INTO suppression (id, organisation, channel, address_hmac, address, source, reason, since, delivery, notification) "
    "VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10) ON CONFLICT (organisation, address_hmac) DO NOTHING";
constexpr char kDropSuppression[] = "DELETE FROM suppression WHERE id = ?1";
constexpr char kForgetSuppressions[] = "DELETE FROM suppression WHERE organisation = ?1 AND address_hmac = ?2";
constexpr char kOldSuppressions[] =
    "DELETE FROM suppression WHERE id IN (SELECT id FROM suppression INDEXED BY suppression_since WHERE source <> 4 AND since <= ?1 LIMIT "
    "?2)";
constexpr char kSuppressedAddresses[] = "SELECT address_hmac FROM suppression";
constexpr char kAddressee[] =
    "SELECT d.organisation, d.channel, d.address_hmac, d.notification, n.kind, c.sealed, c.recipient, c.data, c.attachments "
    "FROM delivery d JOIN notification n ON n.id = d.notification JOIN content c ON c.id = n.content WHERE d.id = ?1";

// All but the address, which lies sealed in `address`.
Suppression read_suppression(const Statement& row) {
  Suppression out;
  out.id = row.id<SuppressionId>(0);
  out.organisation = row.id<OrganisationId>(1);
  out.channel = row.as<Channel>(2);
  out.address_hmac = row.bytes(3);
  out.address = row.bytes(4);
  out.source = row.as<SuppressionSource>(5);
  out.reason = row.text(6);
  out.since = row.instant(7);
  out.delivery = row.maybe_id<DeliveryId>(8);
  out.notification = row.maybe_id<NotificationId>(9);
  return out;
}

Result<Suppression> unsealed(const Database& database, Suppression one) {
  auto address = database.sealer().open(Sealer::Purpose::content, one.address, one.id.value.view());
  if (!address) return fail(address.error());
  one.address = std::move(*address);
  return one;
}

// False when the address is suppressed already.
bool put_suppression(Tx& tx, const Suppression& one) {
  const auto hmac = Uuid::from_bytes(one.address_hmac);
  if (!hmac) throw SqliteError(SQLITE_ERROR, "a suppression's address_hmac is not 16 bytes");
  tx.database.suppression_filter().add(*hmac);
  const std::string sealed = tx.database.sealer().seal(Sealer::Purpose::content, one.address, one.id.value.view());
  tx.db.run(kPutSuppression, one.id, one.organisation, one.channel, *hmac, Bytes{sealed}, one.source, one.reason, one.since, one.delivery,
            one.notification);
  return tx.db.changes() > 0;
}

// `source_of` decides by the channel and the kind of key.
template <class F>
void suppress_addressee(Tx& tx, DeliveryId delivery, std::string_view reason, Instant at, F&& source_of) {
  Suppression one;
  {
    Cursor row = tx.db.query(kAddressee, delivery);
    if (!row.next()) return;
    one.channel = row->as<Channel>(1);
    const auto source = source_of(one.channel, row->as<KeyKind>(4));
    if (!source) return;
    one.source = *source;
    one.organisation = row->id<OrganisationId>(0);
    one.address_hmac = row->bytes(2);
    one.notification = row->id<NotificationId>(3);
    const auto content = load_content(tx.database, row.row(), 5, *one.notification);
    if (!content) return;  // damaged: what was said of the message counts more
    const auto address = content->recipient.addresses.find(one.channel);
    if (address == content->recipient.addresses.end()) return;
    one.address = address->second;
  }
  one.id = SuppressionId::make(at);
  one.reason = reason;
  one.since = at;
  one.delivery = delivery;
  put_suppression(tx, one);
}

}  // namespace

void SuppressionFilter::load(Connection& db) {
  for (Cursor row = db.query(kSuppressedAddresses); row.next();) add(row->uuid(0));
}

Result<SuppressionAdded> SqliteSuppressions::add(const Suppression& suppression, const SuppressionTrace& trace) {
  auto added = database_.write(Turn::work, 1, [&](Tx& tx) -> Result<SuppressionAdded> {
    if (put_suppression(tx, suppression)) {
      insert_audit(tx, suppression.since, trace.actor, trace.sentence);
      return SuppressionAdded{suppression, true};
    }
    Cursor row = tx.db.query(kSuppressionOfAddress, suppression.organisation, Bytes{suppression.address_hmac});
    if (!row.next()) return fail(decisions::no_such_suppression());
    return SuppressionAdded{read_suppression(row.row()), false};
  });
  if (!added || added->added) return added;
  auto known = unsealed(database_, std::move(added->suppression));
  if (!known) return fail(known.error());
  return SuppressionAdded{std::move(*known), false};
}

Result<Suppression> SqliteSuppressions::remove(SuppressionId id, std::optional<OrganisationId> organisation, const SuppressionTrace& trace,
                                               Instant now) {
  auto removed = database_.write(Turn::work, 1, [&](Tx& tx) -> Result<Suppression> {
    Suppression one;
    {
      Cursor row = tx.db.query(kSuppressionById, id, organisation);
      if (!row.next()) return fail(decisions::no_such_suppression());
      one = read_suppression(row.row());
    }
    tx.db.run(kDropSuppression, id);
    insert_audit(tx, now, trace.actor, trace.sentence);
    return one;
  });
  if (!removed) return removed;
  return unsealed(database_, std::move(*removed));
}

Result<SuppressionPage> SqliteSuppressions::list(const SuppressionQuery& query) {
  SuppressionPage page;
  auto found = database_.read([&](Connection& db) -> Result<std::vector<Suppression>> {
    std::vector<Suppression> out;
    if (query.organisation && query.address_hmac) {
      Cursor row = db.query(kSuppressionOfAddress, *query.organisation, Bytes{*query.address_hmac});
      if (row.next()) out.push_back(read_suppression(row.row()));
      return out;
    }
    const std::size_t asked = query.limit + 1;
    if (query.organisation) {
      for (Cursor row = db.query(kSuppressionsOfOne, query.before, query.channel, asked, *query.organisation); row.next();)
        out.push_back(read_suppression(row.row()));
    } else {
      for (Cursor row = db.query(kSuppressionsOfAll, query.before, query.channel, asked); row.next();)
        out.push_back(read_suppression(row.row()));
    }
    return out;
  });
  if (!found) return fail(found.error());
  for (Suppression& one : *found) {
    if (page.items.size() == query.limit) {
      page.more = true;
      break;
    }
    auto plain = unsealed(database_, std::move(one));
    if (!plain) return fail(plain.error());
    page.items.push_back(std::move(*plain));
  }
  return page;
}

Result<std::optional<Suppression>> SqliteSuppressions::find(OrganisationId organisation, std::string_view address_hmac) {
  auto page = list({.organisation = organisation, .address_hmac = std::string(address_hmac), .limit = 1});
  if (!page) return fail(page.error());
  if (page->items.empty()) return std::optional<Suppression>();
  return std::optional(std::move(page->items.front()));
}

bool suppress_delivery(Tx& tx, OrganisationId organisation, const Uuid& address_hmac, DeliveryId delivery, Instant now) {
  SuppressionSource source{};
  {
    Cursor row = tx.db.query(kSuppressionOfAddress, organisation, address_hmac);
    if (!row.next()) return false;
    source = row->as<SuppressionSource>(5);
  }
  auto change = DeliveryChange::load(tx, delivery);
  if (!change || change->state().phase != Phase::due) return false;
  change->move(*messo::apply(change->state(), Change::suppress), now);
  change->event(EventKind::closed, {}, now, decisions::suppressed_data(source));
  change->save();
  return true;
}

void suppress_address(Tx& tx, DeliveryId delivery, const Outcome& outcome, Instant at) {
  if (!decisions::may_suppress(outcome)) return;
  suppress_addressee(tx, delivery, outcome.code, at,
                     [&](Channel channel, KeyKind kind) { return decisions::suppression_by(channel, kind, outcome); });
}

void suppress_address(Tx& tx, DeliveryId delivery, const Receipt& receipt, ReceiptKind means, bool settles, Instant at) {
  if (!decisions::may_suppress(receipt, means, settles)) return;
  suppress_addressee(tx, delivery, receipt.code, at,
                     [&](Channel channel, KeyKind kind) { return decisions::suppression_by(channel, kind, receipt, means, settles); });
}

std::uint64_t forget_suppressions(Connection& db, OrganisationId organisation, std::string_view address_hmac) {
  db.run(kForgetSuppressions, organisation, Bytes{address_hmac});
  return static_cast<std::uint64_t>(db.changes());
}

void prune_suppressions(Connection& db, Instant before, std::size_t limit) { db.run(kOldSuppressions, before, limit); }

}  // namespace messo::sqlite
