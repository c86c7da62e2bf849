// The reading half of the doubts.
#include <algorithm>

#include "store/doubt_decisions.hpp"
#include "store/sqlite/chain.hpp"
#include "store/sqlite/doubts.hpp"

namespace messo::sqlite {
namespace {

constexpr std::size_t kMostDoubtsPerPage = 500;

// CROSS JOIN keeps SQLite from beginning with anything but the doubts.
#define MESSO_DOUBT_COLUMNS                                                                                                         \
  "SELECT x.delivery, x.notification, x.attempt, x.organisation, x.service, x.provider, d.channel, n.kind, x.since, d.expires_at, " \
  "a.code, d.crashes, x.asks, x.asked_at, x.ask_at, x.held FROM doubt x "
#define MESSO_DOUBT_JOINS                                                                \
  "CROSS JOIN delivery d ON d.id = x.delivery CROSS JOIN attempt a ON a.id = x.attempt " \
  "CROSS JOIN notification n ON n.id = x.notification "

constexpr char kOfDelivery[] = MESSO_DOUBT_COLUMNS MESSO_DOUBT_JOINS "WHERE x.delivery = ?1 AND (?2 IS NULL OR x.organisation = ?2)";
constexpr char kOfNotification[] =
    MESSO_DOUBT_COLUMNS MESSO_DOUBT_JOINS "WHERE x.delivery IN " MESSO_DELIVERIES_OF_1 " AND (?2 IS NULL OR x.organisation = ?2) LIMIT 1";
constexpr char kFigures[] = "SELECT provider, count(*), sum(held <> 0), min(since) FROM doubt GROUP BY provider";
constexpr char kDueQuestions[] =
    "SELECT delivery, attempt, since, asks, requested FROM doubt INDEXED BY doubt_ask WHERE provider = ?1 AND ask_at <= ?2 "
    "ORDER BY ask_at LIMIT ?3";
constexpr char kRequestedQuestions[] =
    "SELECT delivery, attempt, since, asks, requested FROM doubt INDEXED BY doubt_requested WHERE provider = ?1 AND requested = 1 AND "
    "ask_at "
    "<= ?2 LIMIT ?3";
constexpr char kRefsOfAttempt[] =
    "SELECT kind, value, part FROM provider_ref WHERE attempt = ?1 AND provider = ?2 UNION "
    "SELECT ref_kind, ref_value, 0 FROM attempt WHERE id = ?1 AND provider = ?2 AND ref_value IS NOT NULL ORDER BY part, kind, value";
constexpr char kSuspects[] =
    "SELECT pool, priority, organisation, service, id, batch, due_at, expires_at FROM delivery INDEXED BY delivery_suspect "
    "WHERE phase = 1 AND crashes >= 2 ORDER BY id LIMIT ?1";

// The parameters are numbered alike in every list query; what a query does not ask for stays NULL.
enum DoubtParameter : int { kDoubtOrganisation = 1, kDoubtProvider, kDoubtBefore, kDoubtAfter, kDoubtAfterId, kDoubtLimit };

std::string list_sql(const DoubtQuery& q) {
  std::string sql = MESSO_DOUBT_COLUMNS;
  sql += q.provider ? "INDEXED BY doubt_provider " : "INDEXED BY doubt_since ";
  sql += MESSO_DOUBT_JOINS "WHERE 1";
  if (q.organisation) sql += " AND x.organisation = ?1";
  if (q.provider) sql += " AND x.provider = ?2";
  if (q.since_before) sql += " AND x.since < ?3";
  if (q.after) sql += " AND (x.since, x.delivery) > (?4, ?5)";
  return sql + " ORDER BY x.since, x.delivery LIMIT ?6";
}

Doubt doubt_of(const Statement& row) {
  Doubt out;
  out.delivery = row.id<DeliveryId>(0);
  out.notification = row.id<NotificationId>(1);
  out.attempt = row.id<AttemptId>(2);
  out.organisation = row.id<OrganisationId>(3);
  out.service = row.id<ServiceId>(4);
  out.provider = row.id<ProviderId>(5);
  out.channel = row.as<Channel>(6);
  out.kind = row.as<KeyKind>(7);
  out.since = row.instant(8);
  out.expires_at = row.instant(9);
  out.code = row.text(10);
  out.crashes = static_cast<std::uint32_t>(row.number(11));
  out.asks = static_cast<std::uint32_t>(row.number(12));
  out.asked_at = row.maybe_instant(13);
  out.ask_at = row.maybe_instant(14);
  out.held = row.as<Held>(15);
  return out;
}

}  // namespace

Result<DoubtPage> SqliteDoubts::list(const DoubtQuery& query) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kMostDoubtsPerPage);
  return database_.read([&](Connection& db) -> Result<DoubtPage> {
    Statement& statement = db.prepared_text(list_sql(query));
    const std::size_t rows = limit + 1;
    statement.bind(kDoubtOrganisation, query.organisation);
    if (query.provider) statement.bind(kDoubtProvider, query.provider);
    if (query.since_before) statement.bind(kDoubtBefore, query.since_before);
    if (query.after) {
      statement.bind(kDoubtAfter, query.after->since);
      statement.bind(kDoubtAfterId, query.after->delivery);
    }
    statement.bind(kDoubtLimit, rows);
    DoubtPage page;
    for (Cursor row(statement); row.next();) page.items.push_back(doubt_of(row.row()));
    page.more = page.items.size() > limit;
    if (page.more) page.items.resize(limit);
    return page;
  });
}

Result<Doubt> SqliteDoubts::find(const Uuid& id, std::optional<OrganisationId> organisation) {
  return database_.read([&](Connection& db) -> Result<Doubt> {
    for (const char* sql : {kOfDelivery, kOfNotification}) {
      Cursor row = db.query(sql, id, organisation);
      if (row.next()) return doubt_of(row.row());
    }
    return fail(decisions::no_such_doubt());
  });
}

Result<std::vector<DoubtFigures>> SqliteDoubts::figures() {
  return database_.read([](Connection& db) -> Result<std::vector<DoubtFigures>> {
    std::vector<DoubtFigures> out;
    for (Cursor row = db.query(kFigures); row.next();) {
      out.push_back({row->id<ProviderId>(0), static_cast<std::uint64_t>(row->number(1)), static_cast<std::uint64_t>(row->number(2)),
                     row->instant(3)});
    }
    return out;
  });
}

Result<std::vector<DoubtQuestion>> SqliteDoubts::questions(ProviderId provider, bool by_itself, Instant now, std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<std::vector<DoubtQuestion>> {
    std::vector<DoubtQuestion> out;
    for (Cursor row = db.query(by_itself ? kDueQuestions : kRequestedQuestions, provider, now, limit); row.next();) {
      out.push_back({row->id<DeliveryId>(0),
                     row->id<AttemptId>(1),
                     row->instant(2),
                     static_cast<std::uint32_t>(row->number(3)),
                     row->number(4) != 0,
                     {}});
    }
    for (DoubtQuestion& question : out) {
      for (Cursor row = db.query(kRefsOfAttempt, question.attempt, provider); row.next();) {
        question.references.push_back({row->text(0), row->text(1), static_cast<std::uint32_t>(row->number(2))});
      }
    }
    return out;
  });
}

Result<std::vector<Suspect>> SqliteDoubts::suspects(std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<std::vector<Suspect>> {
    std::vector<Suspect> out;
    for (Cursor row = db.query(kSuspects, limit); row.next();) {
      out.push_back({{row->text(0), row->as<Priority>(1), row->id<OrganisationId>(2), row->id<ServiceId>(3)},
                     {row->id<DeliveryId>(4), row->maybe_id<BatchId>(5), row->instant(6), row->instant(7)}});
    }
    return out;
  });
}

}  // namespace messo::sqlite
