#include "store/decisions.hpp"
#include "store/sqlite/parts.hpp"

namespace messo::sqlite {
namespace {

// The columns of row() in order; `definition` may be left empty.
#define MESSO_VERSION_COLUMNS(definition)                                                                                \
  "SELECT v.id, v.template, v.organisation, t.key, v.number, v.state, v.title, v.class, v.default_language, " definition \
  ", v.content_hash, "                                                                                                   \
  "v.created_at, v.published_at FROM template_version v JOIN template t ON t.id = v.template "
constexpr char kNewest[] = MESSO_VERSION_COLUMNS("v.definition") "WHERE t.organisation = ?1 AND t.key = ?2 ORDER BY v.number DESC LIMIT 1";
constexpr char kByNumber[] = MESSO_VERSION_COLUMNS("v.definition") "WHERE t.organisation = ?1 AND t.key = ?2 AND v.number = ?3";
constexpr char kPublished[] = MESSO_VERSION_COLUMNS("v.definition") "WHERE t.organisation = ?1 AND t.key = ?2 AND v.state = 1";
constexpr char kById[] = MESSO_VERSION_COLUMNS("v.definition") "WHERE v.id = ?1";
constexpr char kList[] = MESSO_VERSION_COLUMNS("''") "WHERE t.organisation = ?1 ORDER BY t.key, v.number DESC";
#undef MESSO_VERSION_COLUMNS
constexpr char kPutTemplate[] = "INSERT INTO template (id, organisation, key) VALUES (?1,?2,?3)";
constexpr char kDropDraft[] = "DELETE FROM template_version WHERE id = ?1";
constexpr char kPutVersion[] =
    "INSERT INTO template_version (id, template, organisation, number, state, title, class, default_language, definition, content_hash, "
    "created_at) "
    "VALUES (?1,?2,?3,?4,0,?5,?6,?7,?8,?9,?10)";
constexpr char kArchive[] = "UPDATE template_version SET state = 2 WHERE template = ?1 AND state = 1";
constexpr char kPublish[] = "UPDATE template_version SET state = 1, published_at = ?2 WHERE id = ?1";

TemplateVersion version_of(const Statement& row) {
  TemplateVersion v;
  v.id = row.id<TemplateVersionId>(0);
  v.template_id = row.id<TemplateId>(1);
  v.organisation = row.id<OrganisationId>(2);
  v.key = row.text(3);
  v.number = static_cast<std::uint32_t>(row.number(4));
  v.state = row.as<TemplateState>(5);
  v.title = row.text(6);
  v.template_class = row.as<TemplateClass>(7);
  v.default_language = row.text(8);
  v.definition_json = row.text(9);
  v.content_hash = row.digest(10);
  v.created_at = row.instant(11);
  v.published_at = row.maybe_instant(12);
  return v;
}

template <class... A>
std::optional<TemplateVersion> one(Connection& db, const char* sql, const A&... values) {
  Cursor row = db.query(sql, values...);
  if (!row.next()) return {};
  return version_of(row.row());
}

template <class... A>
Result<TemplateVersion> read_one(Database& database, const char* sql, const A&... values) {
  return database.read([&](Connection& db) -> Result<TemplateVersion> {
    auto found = one(db, sql, values...);
    if (!found) return fail(decisions::no_such_template());
    return std::move(*found);
  });
}

}  // namespace

Result<TemplateVersion> SqliteTemplates::put_draft(TemplateVersion version) {
  const Instant now = database_.clock().now();
  version.content_hash = sha256(version.definition_json);
  if (version.id.is_nil()) version.id = TemplateVersionId::make(now);
  if (version.created_at == Instant{}) version.created_at = now;
  version.state = TemplateState::draft;
  version.published_at.reset();
  auto out = database_.write(Turn::background, 1, [&](Tx& tx) -> Result<TemplateVersion> {
    TemplateVersion v = version;
    const auto last = one(tx.db, kNewest, v.organisation, v.key);
    if (last && last->content_hash == v.content_hash) return *last;
    v.template_id = last ? last->template_id : TemplateId::make(now);
    const bool replace = last && last->state == TemplateState::draft;
    v.number = !last ? 1 : replace ? last->number : last->number + 1;
    if (!last) tx.db.run(kPutTemplate, v.template_id, v.organisation, v.key);
    if (replace) tx.db.run(kDropDraft, last->id);
    tx.db.run(kPutVersion, v.id, v.template_id, v.organisation, v.number, v.title, v.template_class, v.default_language, v.definition_json,
              v.content_hash, v.created_at);
    return v;
  });
  ++generation_;
  return out;
}

Result<TemplateVersion> SqliteTemplates::publish(OrganisationId organisation, std::string_view key, std::uint32_t number, Instant now) {
  auto out = database_.write(Turn::background, 1, [&](Tx& tx) -> Result<TemplateVersion> {
    auto chosen = one(tx.db, kByNumber, organisation, key, number);
    if (!chosen) return fail(decisions::no_such_template());
    if (chosen->state == TemplateState::published) return std::move(*chosen);
    tx.db.run(kArchive, chosen->template_id);
    tx.db.run(kPublish, chosen->id, now);
    chosen->state = TemplateState::published;
    chosen->published_at = now;
    return std::move(*chosen);
  });
  ++generation_;
  return out;
}

Status SqliteTemplates::archive(OrganisationId organisation, std::string_view key) {
  Status out = database_.write(Turn::background, 1, [&](Tx& tx) -> Status {
    const auto last = one(tx.db, kNewest, organisation, key);
    if (!last) return fail(decisions::no_such_template());
    tx.db.run(kArchive, last->template_id);
    return {};
  });
  ++generation_;
  return out;
}

Result<TemplateVersion> SqliteTemplates::published(OrganisationId organisation, std::string_view key) {
  return read_one(database_, kPublished, organisation, key);
}

Result<TemplateVersion> SqliteTemplates::find(TemplateVersionId id) { return read_one(database_, kById, id); }

Result<TemplateVersion> SqliteTemplates::find(OrganisationId organisation, std::string_view key, std::uint32_t number) {
  return read_one(database_, kByNumber, organisation, key, number);
}

Result<std::vector<TemplateVersion>> SqliteTemplates::list(OrganisationId organisation) {
  return database_.read([&](Connection& db) -> Result<std::vector<TemplateVersion>> {
    std::vector<TemplateVersion> out;
    for (Cursor row = db.query(kList, organisation); row.next();) out.push_back(version_of(row.row()));
    return out;
  });
}

}  // namespace messo::sqlite
