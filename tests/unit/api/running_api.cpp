#include "unit/api/running_api.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <thread>

#include "base/hash.hpp"

namespace messo::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr const char* kAvviso = R"(key = "avviso"
title = "Avviso"
class = "courtesy"
language = "it"
[[plan]]
channel = "sms"
[[plan]]
channel = "email"
[variables.nome]
type = "string"
personal = true
description = "Chi"
example = "Anna"
[variables.scadenza]
type = "date"
required = false
description = "Quando"
example = "2026-12-01"
)";
constexpr const char* kAtto = R"(key = "atto"
title = "Atto"
class = "legal"
language = "it"
[[plan]]
channel = "pec"
success = "delivered"
wait = "3 d"
[[plan]]
channel = "email"
)";

Organisation organisation(std::string key, Instant now) {
  Organisation out;
  out.id = OrganisationId::make(now);
  out.key = std::move(key);
  out.name = "Ente " + out.key;
  out.hmac_key = Secret(std::string(32, 'k'));
  return out;
}
Service service_of(const Organisation& owner, std::string key, Instant now, std::uint32_t per_second = 0) {
  Service out;
  out.id = ServiceId::make(now);
  out.organisation = owner.id;
  out.key = std::move(key);
  out.name = "Servizio " + out.key;
  out.limits.requests_per_second = per_second;
  return out;
}
Provider provider(std::string key, Channel channel, Instant now) {
  Provider out;
  out.id = ProviderId::make(now);
  out.key = std::move(key);
  out.plugin = "smtp";
  out.channel = channel;
  out.pool = to_string(channel);
  out.config_json = R"({"host":"mail.example.it"})";
  out.secrets_json = Secret(R"({"password":"segretissimo"})");
  return out;
}

}  // namespace

RunningApi::RunningApi(RunningApiOptions options) : options_(std::move(options)) {
  options_.admission.min_bytes_free = 0;  // memory has no disk
  std::string name = (fs::temp_directory_path() / "messo-api-XXXXXX").string();
  folder_ = ::mkdtemp(name.data());
  store_ = make_memory_store(clock_, options_.admission);
  seed();
  api::ApiParts parts{.store = *store_, .templates = templates_, .clock = clock_, .log = *log_};
  parts.dispatch = [this] { return options_.dispatch; };
  parts.ports = [this] { return options_.ports; };
  parts.connections = [this] { return public_ ? public_->connections() : http::ConnectionGate::Counts{}; };
  parts.apply = options_.apply;
  parts.kept = &kept_;
  signing_key_ = *open_signing_key(store_->evidence_chain());
  evidence_ = std::make_unique<EvidenceDesk>(EvidenceDeskOptions{}, *store_, *signing_key_, MaterialReader{}, clock_);
  parts.evidence = evidence_.get();
  parts.probe = options_.probe;
  parts.balance = options_.balance;
  options_.api.version = "0.0.0";
  options_.api.node = "prova";
  options_.api.started_at = clock_.now();
  api_ = std::make_unique<api::Api>(std::move(parts), options_.api);

  const auto start = [&](http::ListenerOptions listener, http::Handler& handler) {
    auto server = http::start_server(listener, handler, *log_);
    if (!server) ADD_FAILURE() << server.error().message << " " << server.error().detail;
    return std::move(*server);
  };
  auto listener = options_.listener;
  listener.name = "public";
  listener.address = "127.0.0.1:0";
  public_ = start(listener, api_->public_side());
  listener = {};
  listener.name = "admin";
  listener.address = "127.0.0.1:0";
  admin_ = start(listener, api_->admin_side());
  listener.name = "socket";
  listener.address.clear();
  listener.socket = socket_path();
  socket_ = start(listener, api_->socket_side());
}

RunningApi::~RunningApi() {
  api_->stop_waiting();
  for (auto* server : {public_.get(), admin_.get(), socket_.get()}) server->stop(std::chrono::seconds(5));
  fs::remove_all(folder_);
}

std::string RunningApi::add_key(DirectoryChange& change, ServiceId service, std::string name, KeyKind kind,
                                std::initializer_list<Scope> scopes) {
  auto made = make_api_key(kind);
  ApiKey key;
  key.id = KeyId::make(clock_.now());
  key.service = service;
  key.name = std::move(name);
  key.kind = kind;
  for (const auto scope : scopes) key.scopes.add(scope);
  key.hash = made.hash;
  key.created_at = clock_.now();
  change.keys.push_back(std::move(key));
  return std::string(made.secret.reveal());
}

void RunningApi::seed() {
  const auto now = clock_.now();
  DirectoryChange change;
  change.actor = "test";
  change.organisations = {organisation("comune", now), organisation("provincia", now)};
  change.services = {service_of(change.organisations[0], "sportello", now), service_of(change.organisations[0], "anagrafe", now),
                     service_of(change.organisations[1], "strade", now), service_of(change.organisations[0], "lento", now, 1)};
  change.providers = {provider("posta", Channel::email, now), provider("posta-pec", Channel::pec, now)};
  const auto desk = change.services[0].id;
  const auto all = {Scope::send, Scope::read};
  keys.live = add_key(change, desk, "live", KeyKind::live, all);
  keys.test = add_key(change, desk, "test", KeyKind::test, all);
  keys.read_only = add_key(change, desk, "read", KeyKind::live, {Scope::read});
  keys.send_only = add_key(change, desk, "send", KeyKind::live, {Scope::send});
  keys.admin = add_key(change, desk, "admin", KeyKind::live, {Scope::admin});
  keys.other_service = add_key(change, change.services[1].id, "live", KeyKind::live, all);
  keys.other_organisation = add_key(change, change.services[2].id, "live", KeyKind::live, {Scope::send, Scope::read, Scope::admin});
  keys.limited = add_key(change, change.services[3].id, "live", KeyKind::live, {Scope::send, Scope::read, Scope::admin});
  keys.revoked = add_key(change, desk, "old", KeyKind::live, all);
  change.keys.back().revoked_at = now;
  change.audit = {"seeded"};
  const auto applied = store_->directory().apply(change, store_->directory().snapshot()->version, now);
  if (!applied) ADD_FAILURE() << applied.error().message;

  add_template("avviso",
               {{"template.toml", kAvviso},
                {"it/email.subject.mustache", "Avviso per lei"},
                {"it/email.text.mustache", "Gentile {{nome}}, entro {{scadenza}}\n"},
                {"it/sms.text.mustache", "Avviso per {{nome}}"},
                {"en/email.subject.mustache", "Notice"},
                {"en/email.text.mustache", "Dear {{nome}}, by {{scadenza}}\n"}},
               true);
  add_template("atto",
               {{"template.toml", kAtto},
                {"it/pec.subject.mustache", "Atto"},
                {"it/pec.text.mustache", "Atto\n"},
                {"it/email.subject.mustache", "Atto"},
                {"it/email.text.mustache", "Atto\n"}},
               true);
  add_template("bozza",
               {{"template.toml", "key = \"bozza\"\ntitle = \"Bozza\"\nclass = \"courtesy\"\nlanguage = \"it\"\n"},
                {"it/email.subject.mustache", "Bozza"},
                {"it/email.text.mustache", "Bozza\n"}},
               false);
}

void RunningApi::add_template(std::string_view key, const Files& files, bool publish) {
  const auto definition = parse_definition(files, std::string(key));
  if (!definition) {
    ADD_FAILURE() << to_text(definition.error());
    return;
  }
  auto version = to_version(*definition);
  version.id = TemplateVersionId::make(clock_.now());
  version.organisation = store_->directory().snapshot()->organisation_by_key("comune")->id;
  version.created_at = clock_.now();
  const auto stored = store_->templates().put_draft(version);
  ASSERT_TRUE(stored);
  if (publish) {
    ASSERT_TRUE(store_->templates().publish(version.organisation, key, stored->number, clock_.now()));
  }
}

HttpAnswer RunningApi::exchange(RawClient client, std::string_view method, std::string_view target, std::string_view key, const Json& body,
                                std::string_view fields) {
  client.send(request_text(method, target, key, body.is_null() ? std::string() : body.dump(), fields));
  return client.receive(std::chrono::seconds(40), method == "HEAD").value_or(HttpAnswer{});
}
HttpAnswer RunningApi::call(std::string_view method, std::string_view target, std::string_view key, const Json& body,
                            std::string_view fields) {
  return exchange(RawClient(port()), method, target, key, body, fields);
}
HttpAnswer RunningApi::admin(std::string_view method, std::string_view target, std::string_view key, const Json& body) {
  return exchange(RawClient(admin_port()), method, target, key, body, {});
}
HttpAnswer RunningApi::socket(std::string_view method, std::string_view target, const Json& body) {
  return exchange(RawClient(socket_path()), method, target, {}, body, {});
}

ServiceId RunningApi::service(std::string_view organisation, std::string_view key) const {
  const auto directory = store_->directory().snapshot();
  return directory->service_by_key(directory->organisation_by_key(organisation)->id, key)->id;
}

void RunningApi::run_posta(bool can_query) {
  PortStatus port;
  port.id = store_->directory().snapshot()->provider_by_key("posta")->id;
  port.key = "posta";
  port.running = true;
  port.can_query = can_query;
  options_.ports = {port};
}

void RunningApi::deliver(const std::string& id, Change change) {
  const auto now = clock_.now();
  const auto view = store_->ledger().find({}, *NotificationId::parse(id));
  ASSERT_TRUE(view);
  for (const auto& step : view->steps) {
    for (const auto& delivery : step.deliveries) {
      const auto providers = store_->directory().snapshot()->provider_by_key("posta")->id;
      const LeaseOrder order{.delivery = delivery.id, .attempt = AttemptId::make(now), .provider = providers};
      ASSERT_TRUE(store_->work().lease({"prova", BootId::make(now)}, std::span(&order, 1), {}, now));
      const std::array attempts{order.attempt};
      ASSERT_TRUE(store_->work().hand_over(attempts, now));
      Outcome outcome;
      outcome.kind = OutcomeKind::sent;
      outcome.code = "smtp.250";
      outcome.public_text = "Accepted";
      if (change == Change::doubt) {
        outcome.kind = OutcomeKind::unknown;
        outcome.code = "smtp.lost_after_data";
        outcome.public_text = "The connection broke.";
      }
      OutcomeRecord record;
      record.attempt = order.attempt;
      record.outcome = outcome;
      record.verdict.change = change;
      record.at = now;
      ASSERT_TRUE(store_->work().record(std::span(&record, 1)));
    }
  }
}

std::string RunningApi::with_evidence(const std::string& as_sent) {
  const Json job = {
      {"template", "atto"}, {"recipient", {{"name", "Anna Rossi"}, {"pec", "anna@pec.example.org"}}}, {"data", Json::object()}};
  const auto id = json_of(call("POST", "/v1/notifications", keys.live, job)).value("id", "");
  const auto now = clock_.now();
  const auto view = store_->ledger().find({}, NotificationId::parse(id).value_or(NotificationId{}));
  if (!view) {
    ADD_FAILURE() << id << " " << view.error().code;
    return id;
  }
  const auto& delivery = view->steps.at(0).deliveries.at(0);
  const auto provider = store_->directory().snapshot()->provider_by_key("posta-pec")->id;
  const LeaseOrder order{delivery.id, AttemptId::make(now), provider, true};
  EXPECT_TRUE(store_->work().lease({"prova", BootId::make(now)}, std::span(&order, 1), {}, now));
  const auto organisation = view->summary.organisation;
  const Reference reference{"message-id", "m-" + id, 0};
  EXPECT_TRUE(
      store_->evidence().keep(order.attempt, *store_->blobs().put(organisation, as_sent), as_sent.size(), std::span(&reference, 1), now));
  Receipt receipt;
  receipt.dedupe_key = "r-" + id;
  receipt.references = {reference};
  receipt.kind = ReceiptKind::delivered;
  receipt.verification = Verification::valid;
  receipt.at = now;
  receipt.code = "pec.delivered";
  receipt.raw_owner = organisation;
  receipt.raw = *store_->blobs().put(organisation, "the receipt of " + id);
  EXPECT_TRUE(store_->receipts().record(provider, std::span(&receipt, 1), nullptr, {}, now));
  return id;
}

Json RunningApi::job() {
  return {{"template", "avviso"}, {"recipient", {{"name", "Anna Rossi"}, {"email", "anna@example.org"}}}, {"data", {{"nome", "Anna"}}}};
}

}  // namespace messo::test
