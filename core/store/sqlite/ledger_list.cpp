// Lists. One service's rows come from its index, newest first; an organisation's are its services' merged; so a page costs its own length,
// not the ledger's.
#include <algorithm>

#include "store/sqlite/address_sorter.hpp"
#include "store/sqlite/ledger_rows.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

constexpr std::size_t kMostPerPage = 500;

// The parameters are numbered alike in every list query; what a query does not ask for stays NULL.
enum Parameter : int { kService = 1, kOrganisation, kBefore, kReference, kStatus, kTemplate, kFrom, kTo, kAddress, kLimit };

std::string conditions(const ListQuery& q) {
  std::string sql;
  if (q.before) sql += " AND n.id < ?3";
  if (q.reference) sql += q.reference->empty() ? " AND n.reference = ?4" : " AND n.reference = ?4 AND n.reference <> ''";
  if (q.status) sql += " AND n.status = ?5";
  if (q.status && !decisions::usual(*q.status)) sql += " AND n.status > 2 AND n.status <> 9";  // as notification_trouble says it
  if (q.template_key) sql += " AND n.template_key = ?6";
  if (q.from) sql += " AND n.accepted_at >= ?7";
  if (q.to) sql += " AND n.accepted_at < ?8";
  return sql;
}

// Bound by reference: what is bound must outlive the reading.
void bind_query(Statement& s, const ListQuery& q, const std::optional<ServiceId>& service,
                const std::optional<OrganisationId>& organisation, std::size_t limit) {
  s.bind(kService, service);
  s.bind(kOrganisation, organisation);
  s.bind(kBefore, q.before);
  s.bind(kReference, q.reference);
  s.bind(kStatus, q.status);
  s.bind(kTemplate, q.template_key);
  s.bind(kFrom, q.from);
  s.bind(kTo, q.to);
  s.bind(kAddress, BytesIfAny{q.address_hmac ? std::string_view(*q.address_hmac) : std::string_view()});
  s.bind(kLimit, limit);
}

Status append(Connection& db, const std::string& sql, const ListQuery& q, const std::optional<ServiceId>& service,
              const std::optional<OrganisationId>& organisation, std::size_t limit, std::vector<NotificationSummary>& out) {
  Statement& statement = db.prepared_text(sql);
  bind_query(statement, q, service, organisation, limit);
  for (Cursor row(statement); row.next();) {
    auto summary = summary_of(row.row());
    if (!summary) return fail(summary.error());
    out.push_back(std::move(*summary));
  }
  return {};
}

// Who has ever sent anything: the lanes remember.
std::vector<std::pair<OrganisationId, ServiceId>> senders(Writer& writer, const Visibility& v) {
  std::vector<std::pair<OrganisationId, ServiceId>> out;
  writer.with_totals([&](const Totals& t) {
    for (const auto& [lane, counts] : t.lanes) {
      if ((v.organisation && lane.organisation != *v.organisation) || (v.service && lane.service != *v.service)) continue;
      if (out.empty() || out.back() != std::pair(lane.organisation, lane.service)) out.emplace_back(lane.organisation, lane.service);
    }
  });
  return out;
}

std::string by_service(const ListQuery& q) {
  return MESSO_SUMMARY_COLUMNS " FROM notification n WHERE n.service = ?1 AND n.organisation = ?2" + conditions(q) +
         " ORDER BY n.id DESC LIMIT ?10";
}
std::string everything(const ListQuery& q) {
  return MESSO_SUMMARY_COLUMNS " FROM notification n WHERE 1" + conditions(q) + " ORDER BY n.id DESC LIMIT ?10";
}
std::string by_address(const ListQuery& q) {
  return MESSO_SUMMARY_COLUMNS
         " FROM notification n WHERE n.id IN " MESSO_NOTIFICATIONS_TO("?2", "?9") " AND (?1 IS NULL OR n.service = ?1)" +
         conditions(q) + " ORDER BY n.id DESC LIMIT ?10";
}

}  // namespace

Result<NotificationSummary> summary_of(const Statement& row) {
  NotificationSummary s;
  s.id = row.id<NotificationId>(0);
  s.organisation = row.id<OrganisationId>(1);
  s.service = row.id<ServiceId>(2);
  s.kind = row.as<KeyKind>(3);
  s.template_key = row.text(4);
  s.template_version = row.id<TemplateVersionId>(5);
  s.template_class = row.as<TemplateClass>(6);
  s.priority = row.as<Priority>(7);
  s.language = row.text(8);
  s.status = row.as<NotificationStatus>(9);
  s.accepted_at = row.instant(10);
  s.send_at = row.maybe_instant(11);
  s.ended_at = row.maybe_instant(12);
  s.reference = row.text(13);
  s.protocol = row.text(14);
  s.case_file = row.text(15);
  auto labels = unpack_labels(row.bytes(16));
  if (!labels) return fail(labels.error());
  s.labels = std::move(*labels);
  s.batch = row.maybe_id<BatchId>(17);
  return s;
}

Result<ListPage> SqliteLedger::list(const ListQuery& query) {
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, kMostPerPage);
  const bool all = !query.visibility.organisation && !query.visibility.service && !query.address_hmac;
  const auto who = all ? decltype(senders(database_.writer(), {})){} : senders(database_.writer(), query.visibility);
  return database_.read([&](Connection& db) -> Result<ListPage> {
    ListPage page;
    if (all) {
      if (Status done = append(db, everything(query), query, {}, {}, limit + 1, page.items); !done) return fail(done.error());
    }
    const std::string sql = query.address_hmac ? by_address(query) : by_service(query);
    for (const auto& [organisation, service] : who) {
      if (Status done = append(db, sql, query, std::optional(service), std::optional(organisation), limit + 1, page.items); !done)
        return fail(done.error());
    }
    std::ranges::sort(page.items, std::ranges::greater{}, &NotificationSummary::id);
    page.more = page.items.size() > limit;
    if (page.more) page.items.resize(limit);
    return page;
  });
}

}  // namespace messo::sqlite
