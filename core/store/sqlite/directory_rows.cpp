#include "store/sqlite/directory_rows.hpp"

#include <charconv>

namespace messo::sqlite {
namespace {

constexpr char kPutOrganisation[] =
    "INSERT OR REPLACE INTO organisation (id, parent, key, name, weight, hmac_key, retired, region, sms_segments_per_day, "
    "sms_cost_per_day) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)";
constexpr char kOrganisations[] =
    "SELECT id, parent, key, name, weight, hmac_key, retired, region, sms_segments_per_day, sms_cost_per_day FROM organisation";
constexpr char kServices[] =
    "SELECT id, organisation, key, name, weight, requests_per_second, queued, retired, sms_segments_per_day, sms_cost_per_day FROM service";
constexpr char kPutService[] =
    "INSERT OR REPLACE INTO service (id, organisation, key, name, weight, requests_per_second, queued, retired, sms_segments_per_day, "
    "sms_cost_per_day) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)";
constexpr char kDropSenders[] = "DELETE FROM sender WHERE service = ?1";
constexpr char kPutSender[] = "INSERT INTO sender (service, channel, organisation, address, name, reply_to) VALUES (?1,?2,?3,?4,?5,?6)";
constexpr char kPutServiceKey[] =
    "INSERT OR REPLACE INTO api_key (id, organisation, service, name, kind, scopes, hash, created_at, revoked_at) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9)";
constexpr char kPutProvider[] =
    "INSERT OR REPLACE INTO provider (id, key, plugin, channel, pool, config, secrets, weight, concurrency, per_second, per_minute, "
    "per_day, on_doubt, "
    "retry_waits, retry_max, enabled, retired, version, isolation, memory_mb, settle_on, callback_token, per_hour, segment_cost) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20,?21,?22,?23,?24)";
constexpr char kDropServed[] = "DELETE FROM provider_organisation WHERE provider = ?1";
constexpr char kPutServed[] = "INSERT INTO provider_organisation (provider, organisation) VALUES (?1,?2)";
constexpr char kPutPause[] = "INSERT OR REPLACE INTO pause (scope, subject, reason, since) VALUES (?1,?2,?3,?4)";
constexpr char kDropPause[] = "DELETE FROM pause WHERE scope = ?1 AND subject = ?2";
constexpr char kPutSmsSender[] =
    "INSERT OR REPLACE INTO sms_sender (organisation, alias, state, registered_on, note) VALUES (?1,?2,?3,?4,?5)";
constexpr char kDropSmsSender[] = "DELETE FROM sms_sender WHERE organisation = ?1 AND alias = ?2";

// "30,60,120": seconds.
std::string text_of(const std::vector<Seconds>& waits) {
  std::string out;
  for (const Seconds& wait : waits) out += (out.empty() ? "" : ",") + std::to_string(wait.count());
  return out;
}
std::vector<Seconds> waits_of(std::string_view text) {
  std::vector<Seconds> out;
  while (!text.empty()) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{}) break;
    out.emplace_back(seconds);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.empty()) text.remove_prefix(1);
  }
  return out;
}

// "1,4": the numbers of core/model.
std::string text_of(const std::vector<Verification>& verifications) {
  std::string out;
  for (const Verification one : verifications) out += (out.empty() ? "" : ",") + std::to_string(static_cast<int>(one));
  return out;
}
std::vector<Verification> verifications_of(std::string_view text) {
  std::vector<Verification> out;
  for (const char c : text) {
    if (c >= '1' && c <= '9') out.push_back(static_cast<Verification>(c - '0'));
  }
  return out;
}

SmsBudget budget_of(const Statement& row, int from) {
  return {static_cast<std::uint64_t>(row.number(from)), static_cast<MicroEuro>(row.number(from + 1))};
}

Status load_organisations(Connection& db, const Sealer& sealer, DirectorySnapshot& to) {
  for (Cursor row = db.query(kOrganisations); row.next();) {
    Organisation o;
    o.id = row->id<OrganisationId>(0);
    o.parent = row->maybe_id<OrganisationId>(1);
    o.key = row->text(2);
    o.name = row->text(3);
    o.weight = static_cast<std::uint32_t>(row->number(4));
    auto key = sealer.open(Sealer::Purpose::secret, row->bytes(5), o.id.value.view());
    if (!key) return fail(key.error());
    o.hmac_key = Secret(std::move(*key));
    o.retired = row->number(6) != 0;
    o.region = row->text(7);
    o.sms = budget_of(row.row(), 8);
    to.organisations[o.id] = std::move(o);
  }
  return {};
}

void load_services(Connection& db, DirectorySnapshot& to) {
  for (Cursor row = db.query(kServices); row.next();) {
    Service s;
    s.id = row->id<ServiceId>(0);
    s.organisation = row->id<OrganisationId>(1);
    s.key = row->text(2);
    s.name = row->text(3);
    s.weight = static_cast<std::uint32_t>(row->number(4));
    s.limits = {static_cast<std::uint32_t>(row->number(5)), static_cast<std::uint64_t>(row->number(6)), budget_of(row.row(), 8)};
    s.retired = row->number(7) != 0;
    to.services[s.id] = std::move(s);
  }
  for (Cursor row = db.query("SELECT service, channel, address, name, reply_to FROM sender"); row.next();) {
    const auto service = to.services.find(row->id<ServiceId>(0));
    if (service != to.services.end()) service->second.senders[row->as<Channel>(1)] = {row->text(2), row->text(3), row->text(4)};
  }
}

void load_keys(Connection& db, DirectorySnapshot& to) {
  for (Cursor row = db.query("SELECT id, service, name, kind, scopes, hash, created_at, revoked_at FROM api_key ORDER BY id");
       row.next();) {
    ApiKey k;
    k.id = row->id<KeyId>(0);
    k.service = row->id<ServiceId>(1);
    k.name = row->text(2);
    k.kind = row->as<KeyKind>(3);
    k.scopes.bits = static_cast<std::uint8_t>(row->number(4));
    k.hash = row->digest(5);
    k.created_at = row->instant(6);
    k.revoked_at = row->maybe_instant(7);
    to.keys.push_back(std::move(k));
  }
}

Status load_providers(Connection& db, const Sealer& sealer, DirectorySnapshot& to) {
  for (Cursor row = db.query(
           "SELECT id, key, plugin, channel, pool, config, secrets, weight, concurrency, per_second, per_minute, per_day, on_doubt, "
           "retry_waits, retry_max, enabled, retired, version, isolation, memory_mb, settle_on, callback_token, per_hour, "
           "segment_cost FROM provider");
       row.next();) {
    Provider p;
    p.id = row->id<ProviderId>(0);
    p.key = row->text(1);
    p.plugin = row->text(2);
    p.channel = row->as<Channel>(3);
    p.pool = row->text(4);
    p.config_json = row->text(5);
    auto secrets = sealer.open(Sealer::Purpose::secret, row->bytes(6), p.id.value.view());
    if (!secrets) return fail(secrets.error());
    p.secrets_json = Secret(std::move(*secrets));
    p.weight = static_cast<std::uint32_t>(row->number(7));
    p.concurrency = static_cast<std::uint32_t>(row->number(8));
    p.rates = {static_cast<std::uint32_t>(row->number(9)), static_cast<std::uint32_t>(row->number(10)),
               static_cast<std::uint32_t>(row->number(11)), static_cast<std::uint32_t>(row->number(22))};
    p.on_doubt = row->as<OnDoubt>(12);
    if (!row->null(13)) p.retry = RetryPolicy{waits_of(row->bytes(13)), static_cast<std::uint32_t>(row->number(14))};
    p.enabled = row->number(15) != 0;
    p.retired = row->number(16) != 0;
    p.version = static_cast<std::uint64_t>(row->number(17));
    p.isolation = row->as<Isolation>(18);
    p.memory_mb = static_cast<std::uint32_t>(row->number(19));
    p.settle_on = verifications_of(row->bytes(20));
    if (!row->null(21)) {
      auto token = sealer.open(Sealer::Purpose::secret, row->bytes(21), p.id.value.view());
      if (!token) return fail(token.error());
      p.callback_token = Secret(std::move(*token));
    }
    p.segment_cost = static_cast<MicroEuro>(row->number(23));
    to.providers[p.id] = std::move(p);
  }
  for (Cursor row = db.query("SELECT provider, organisation FROM provider_organisation ORDER BY provider, organisation"); row.next();) {
    const auto provider = to.providers.find(row->id<ProviderId>(0));
    if (provider != to.providers.end()) provider->second.organisations.push_back(row->id<OrganisationId>(1));
  }
  return {};
}

}  // namespace

void put(Connection& db, const Sealer& sealer, const Organisation& o) {
  const std::string key = sealer.seal(Sealer::Purpose::secret, o.hmac_key.reveal(), o.id.value.view());
  db.run(kPutOrganisation, o.id, o.parent, o.key, o.name, o.weight, Bytes{key}, o.retired, o.region, o.sms.segments_per_day,
         o.sms.cost_per_day);
}

void put(Connection& db, const Service& s) {
  db.run(kPutService, s.id, s.organisation, s.key, s.name, s.weight, s.limits.requests_per_second, s.limits.queued, s.retired,
         s.limits.sms.segments_per_day, s.limits.sms.cost_per_day);
  db.run(kDropSenders, s.id);
  for (const auto& [channel, sender] : s.senders)
    db.run(kPutSender, s.id, channel, s.organisation, sender.address, sender.name, sender.reply_to);
}

void put(Connection& db, const ApiKey& k, OrganisationId organisation) {
  db.run(kPutServiceKey, k.id, organisation, k.service, k.name, k.kind, k.scopes.bits, k.hash, k.created_at, k.revoked_at);
}

void put(Connection& db, const Sealer& sealer, const Provider& p) {
  const std::string secrets = sealer.seal(Sealer::Purpose::secret, p.secrets_json.reveal(), p.id.value.view());
  const std::string token =
      p.callback_token.empty() ? std::string() : sealer.seal(Sealer::Purpose::secret, p.callback_token.reveal(), p.id.value.view());
  std::optional<std::string> waits;
  std::optional<std::uint32_t> most;
  if (p.retry) {
    waits = text_of(p.retry->waits);
    most = p.retry->max_attempts;
  }
  db.run(kPutProvider, p.id, p.key, p.plugin, p.channel, p.pool, p.config_json, Bytes{secrets}, p.weight, p.concurrency, p.rates.per_second,
         p.rates.per_minute, p.rates.per_day, p.on_doubt, waits, most, p.enabled, p.retired, p.version, p.isolation, p.memory_mb,
         text_of(p.settle_on), BytesIfAny{token}, p.rates.per_hour, p.segment_cost);
  db.run(kDropServed, p.id);
  for (const OrganisationId& organisation : p.organisations) db.run(kPutServed, p.id, organisation);
}

void put(Connection& db, const Pause& p) { db.run(kPutPause, p.scope, Bytes{p.subject}, p.reason, p.since); }
void remove(Connection& db, const Pause& p) { db.run(kDropPause, p.scope, Bytes{p.subject}); }

void put(Connection& db, const SmsSender& s) { db.run(kPutSmsSender, s.organisation, s.alias, s.state, s.registered_on, s.note); }
void remove(Connection& db, const SmsSender& s) { db.run(kDropSmsSender, s.organisation, s.alias); }

Result<DirectorySnapshot> load_directory(Connection& db, const Sealer& sealer) {
  DirectorySnapshot out;
  if (Status done = load_organisations(db, sealer, out); !done) return fail(done.error());
  load_services(db, out);
  load_keys(db, out);
  if (Status done = load_providers(db, sealer, out); !done) return fail(done.error());
  for (Cursor row = db.query("SELECT scope, subject, reason, since FROM pause ORDER BY since, scope, subject"); row.next();) {
    out.pauses.push_back({row->as<PauseScope>(0), row->text(1), row->text(2), row->instant(3)});
  }
  for (Cursor row = db.query("SELECT organisation, alias, state, registered_on, note FROM sms_sender"); row.next();) {
    SmsSender s{row->id<OrganisationId>(0), row->text(1), row->as<AliasState>(2), row->text(3), row->text(4)};
    out.sms_senders.emplace(std::pair(s.organisation, s.alias), std::move(s));
  }
  return out;
}

}  // namespace messo::sqlite
