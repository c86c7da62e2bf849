#include "app/daemon.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "api/api.hpp"
#include "app/apply_handler.hpp"
#include "app/embedded_providers.hpp"
#include "app/evidence_reader.hpp"
#include "app/places.hpp"
#include "app/version.hpp"
#include "base/durable_folder.hpp"
#include "channel/provider_registry.hpp"
#include "config/secret_source.hpp"
#include "dispatch/dispatcher.hpp"
#include "dispatch/housekeeper.hpp"
#include "dispatch/template_renderer.hpp"
#include "evidence/chain_keeper.hpp"
#include "receipts/callback_desk.hpp"
#include "receipts/receipt_poller.hpp"
#include "store/engines.hpp"

namespace messo {
namespace {

namespace fs = std::filesystem;

constexpr Millis kServerStop{5'000};
constexpr Millis kRecordRest{10'000};
constexpr Millis kProbe{20'000};

Retention retention_of(const NodeConfig& c) {
  return {c.store.keep_content, c.store.keep_ledger, c.store.keep_legal, c.store.keep_idempotency};
}
Admission admission_of(const NodeConfig& c) { return {c.store.max_open, c.store.min_free, c.store.max_waiting}; }

PollerOptions polling_of(const NodeConfig& c, const Worker& worker) {
  PollerOptions out;
  out.worker = worker;
  out.every = c.polls.every;
  out.deadline = c.polls.deadline;
  out.lease = std::max(out.lease, 3 * out.deadline);
  out.longest_back_off = c.polls.longest_wait;
  out.first_back_off = std::min(out.first_back_off, out.longest_back_off);
  out.quarantine_after = c.polls.quarantine_after;
  return out;
}
CallbackLimits calls_of(const NodeConfig& c) {
  CallbackLimits out;
  out.max_body = c.calls.max_body;
  out.per_provider = c.calls.per_second;
  out.per_address = c.calls.per_address;
  out.deadline = c.calls.deadline;
  return out;
}

Status make_folder(const fs::path& folder) {
  const auto made = make_durable_folder(folder);
  if (made) return {};
  return fail(ErrorKind::unavailable, "data_folder",
              "the data folder " + folder.string() + " cannot be made. Make it and give it to the daemon's user", made.error().detail);
}

// A new key beside an old database could open nothing in it, and would hide that the right one is missing.
Status check_key_is_there(const NodeConfig& config) {
  std::error_code unknown;
  if (!is_missing_file(config.store.master_key, {}) || !fs::exists(config.store.file, unknown)) return {};
  return fail(ErrorKind::invalid, "master_key_missing",
              "the master key " + config.store.master_key + " is missing, but the database " + config.store.file.string() +
                  " was made with one: put the key back from its copy. Nothing was changed");
}

class RunningDaemon final : public Daemon {
 public:
  RunningDaemon(NodeConfig config, const Clock& clock, LiveLog& log) : config_(std::move(config)), clock_(clock), log_(log) {}
  ~RunningDaemon() override { stop(); }

  Status run() {
    if (auto opened = open_store(); !opened) return opened;
    if (auto opened = open_evidence(); !opened) return opened;
    build_stages();
    if (auto seeded = seed_providers(); !seeded) return seeded;
    if (auto started = dispatcher_->start(); !started) return started;
    store_->directory().on_change([this](const DirectoryPtr&) { follow_directory(); });
    follow_directory();
    poller_->start();
    start_housekeeper();
    chain_->start();
    if (auto listening = listen(); !listening) return listening;
    say_hints();
    return {};
  }

  void reload(const NodeConfig& wanted) override;
  void tick() override {
    const auto ports = registry_->status();
    if (std::ranges::any_of(ports, [](const PortStatus& port) { return !port.problem.empty(); })) follow_directory();
  }
  void stop() override;
  std::string addresses() const override;

 private:
  Status open_store();
  Status open_evidence();
  void build_stages();
  Status seed_providers();
  void start_housekeeper();
  Status listen();
  Result<http::TlsIdentityPtr> tls_identity();
  http::ListenerOptions bounds(std::string name) const;
  void say_hints();
  http::ConnectionGate::Counts connections() const;

  // Providers become what the newest directory says, before the change is answered: a message posted after `messo apply` never goes out
  // through a provider that was just taken away.
  void follow_directory() {
    const std::scoped_lock one_at_a_time(following_);
    registry_->apply(*store_->directory().snapshot());
    dispatcher_->ring();
  }
  void events_changed() {
    if (auto* api = api_.get()) api->events_changed();
  }

  NodeConfig config_;
  const Clock& clock_;
  LiveLog& log_;
  fs::path outbox_;

  std::unique_ptr<Store> store_;
  TemplateCache templates_;
  KeptRenderings kept_{clock_};
  std::unique_ptr<TemplateRenderer> renderer_;
  std::unique_ptr<PluginCatalog> plugins_;
  std::unique_ptr<ReceiptDesk> receipts_;
  std::unique_ptr<ReceiptPoller> poller_;
  std::unique_ptr<CallbackDesk> callbacks_;
  std::optional<SigningKey> signing_key_;
  std::unique_ptr<ChainKeeper> chain_;
  std::unique_ptr<EvidenceDesk> evidence_;
  std::unique_ptr<api::Api> api_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<ProviderRegistry> registry_;
  std::mutex following_;
  std::unique_ptr<Housekeeper> housekeeper_;
  std::unique_ptr<http::Server> public_, admin_, socket_;
};

Status RunningDaemon::open_store() {
  ::umask(0077);
  if (auto made = make_folder(config_.folders.data); !made) return made;
  if (auto there = check_key_is_there(config_); !there) return there;
  const auto made = ensure_master_key(config_.store.master_key, {});
  if (!made) return fail(Error(made.error()));
  if (*made) {
    log_.info("MSO-1008", "A master key was made. Keep a copy of it elsewhere: without it sealed passwords are lost.",
              {{"key", config_.store.master_key}});
  }
  auto key = read_master_key(config_.store.master_key, {});
  if (!key) return fail(std::move(key.error()));
  SqliteOptions options{config_.store.file, std::move(*key), admission_of(config_), config_.store.seal_content, config_.store.cache};
  auto store = open_sqlite_store(options, clock_, log_);
  if (!store) return fail(std::move(store.error()));
  store_ = std::move(*store);
  outbox_ = config_.folders.data / "outbox";
  return {};
}

Status RunningDaemon::open_evidence() {
  auto key = open_signing_key(store_->evidence_chain());
  if (!key) return fail(std::move(key.error()));
  signing_key_ = std::move(*key);
  chain_ = std::make_unique<ChainKeeper>(ChainOptions{}, store_->evidence_chain(), *signing_key_, clock_, log_);
  EvidenceDeskOptions options;
  options.made_by = "messo " + std::string(kVersion);
  evidence_ = std::make_unique<EvidenceDesk>(std::move(options), *store_, *signing_key_, make_material_reader({}), clock_);
  return {};
}

// Everything is made before anything runs, so that no part meets another one half made.
void RunningDaemon::build_stages() {
  const auto events = [this] { events_changed(); };
  renderer_ = std::make_unique<TemplateRenderer>(store_->templates(), templates_, &kept_);
  plugins_ = std::make_unique<PluginCatalog>(plugin_folder(config_.folders.plugins));
  receipts_ =
      std::make_unique<ReceiptDesk>(*store_, clock_, log_, ReceiptDesk::by_settings(store_->directory()), ReceiptDesk::Hooks{events});
  const auto ports = [this] { return registry_->ports(); };

  DispatchConfig dispatch;
  dispatch.worker = {config_.name, BootId::make(clock_.now())};
  dispatch.batch = config_.dispatch.batch;
  dispatch.window_rows = config_.dispatch.window;
  dispatch.max_in_hand = config_.dispatch.in_hand;
  dispatcher_ = std::make_unique<Dispatcher>(
      dispatch, *store_, [this] { return registry_->ports(); }, *renderer_, clock_, log_,
      Dispatcher::Hooks{events,
                        [this](ProviderId provider, std::span<const Receipt> receipts) { return receipts_->take(provider, receipts); }});
  poller_ = std::make_unique<ReceiptPoller>(polling_of(config_, dispatch.worker), *store_, *receipts_, ports, clock_, log_);
  callbacks_ = std::make_unique<CallbackDesk>(calls_of(config_), store_->directory(), *receipts_, ports, clock_, log_);
  registry_ =
      std::make_unique<ProviderRegistry>(*plugins_, BorderParts{dispatcher_->listener(), store_->blobs(), clock_, log_},
                                         RegistryOptions{config_.drain, outbox_ / "test"}, [this](std::span<const ProviderPortPtr>) {
                                           dispatcher_->ring();
                                           poller_->ring();
                                         });

  api::ApiParts parts{.store = *store_,
                      .templates = templates_,
                      .clock = clock_,
                      .log = log_,
                      .dispatch = [this] { return dispatcher_->status(); },
                      .ports = [this] { return registry_->status(); },
                      .dispatch_metrics = &dispatcher_->metrics(),
                      .accepted = [this] { dispatcher_->ring_due(); },
                      .changed = [this] { dispatcher_->ring(); },
                      .apply = make_apply_handler(store_->directory(), provider_config_check(*plugins_), clock_),
                      .connections = [this] { return connections(); },
                      .probe = [this](std::string_view provider) { return registry_->probe(provider, kProbe); },
                      .balance = [this](std::string_view provider) { return registry_->balance(provider, kProbe); },
                      .callbacks = callbacks_.get(),
                      .poller = poller_.get(),
                      .receipts = receipts_.get(),
                      .kept = &kept_,
                      .evidence = evidence_.get()};
  api::ApiOptions options;
  options.version = kVersion;
  options.node = config_.name;
  options.started_at = clock_.now();
  options.health.doubts = config_.doubt.warn_above;
  options.health.doubt_age = std::chrono::duration_cast<Seconds>(config_.doubt.warn_age);
  options.public_url = config_.listen.public_url;
  options.access_log = config_.access_log ? LogLevel::info : LogLevel::debug;
  api_ = std::make_unique<api::Api>(std::move(parts), std::move(options));
}

Status RunningDaemon::seed_providers() {
  const auto directory = store_->directory().snapshot();
  const auto change = embedded_providers(*directory, outbox_, clock_.now());
  if (!change) return {};
  const auto changed = store_->directory().apply(*change, directory->version, clock_.now());
  if (!changed) return fail(Error(changed.error()));
  return {};
}

void RunningDaemon::start_housekeeper() {
  HousekeeperConfig housekeeping;
  housekeeping.retention = retention_of(config_);
  housekeeping.pec_acceptance = config_.pec_acceptance;
  housekeeper_ = std::make_unique<Housekeeper>(housekeeping, *store_, dispatcher_->metrics(), clock_, log_,
                                               Housekeeper::Hooks{[this] { events_changed(); }});
  housekeeper_->start();
}

http::ListenerOptions RunningDaemon::bounds(std::string name) const {
  http::ListenerOptions options;
  options.name = std::move(name);
  options.gate.connections = config_.http.connections;
  options.gate.per_address = config_.http.connections_per_address;
  options.request_deadline = config_.http.request_deadline;
  options.keep_alive = config_.http.keep_alive;
  options.max_body = config_.http.max_body;
  options.bodies_in_memory = config_.http.bodies_in_memory;
  return options;
}

Status RunningDaemon::listen() {
  constexpr std::size_t kAdministrators = 100;
  constexpr std::size_t kLongestSocketPath = 107;  // unix(7): sun_path
  if (config_.listen.socket.string().size() > kLongestSocketPath) {
    return fail(ErrorKind::invalid, "socket_path",
                "listen.socket: the path " + config_.listen.socket.string() + " is over 107 bytes long, choose a shorter one");
  }
  auto options = bounds("socket");
  options.socket = config_.listen.socket;
  options.socket_group = config_.listen.socket_group;
  options.gate.connections = kAdministrators;
  auto socket = http::start_server(options, api_->socket_side(), log_);
  if (!socket) return fail(std::move(socket.error()));
  socket_ = std::move(*socket);

  options = bounds("admin");
  options.address = config_.listen.admin_address;
  options.gate.connections = kAdministrators;
  auto admin = http::start_server(options, api_->admin_side(), log_);
  if (!admin) return fail(std::move(admin.error()));
  admin_ = std::move(*admin);

  options = bounds("public");
  options.address = config_.listen.public_address;
  if (!config_.listen.tls_certificate.empty()) {
    auto identity = tls_identity();
    if (!identity) return fail(std::move(identity.error()));
    options.tls = std::move(*identity);
  }
  auto open = http::start_server(options, api_->public_side(), log_);
  if (!open) return fail(std::move(open.error()));
  public_ = std::move(*open);
  return {};
}

Result<http::TlsIdentityPtr> RunningDaemon::tls_identity() {
  constexpr std::chrono::days kSoon{14};
  auto identity = http::TlsIdentity::read(config_.listen.tls_certificate, config_.listen.tls_key);
  if (identity && (*identity)->valid_until() < clock_.now() + kSoon) {
    log_.warning("MSO-1012",
                 "The certificate of the public listener has expired or soon will: put a renewed one in its place and send SIGHUP.",
                 {{"certificate", config_.listen.tls_certificate.string()}, {"valid_until", to_rfc3339((*identity)->valid_until())}});
  }
  return identity;
}

http::ConnectionGate::Counts RunningDaemon::connections() const {
  http::ConnectionGate::Counts all;
  for (const auto* server : {public_.get(), admin_.get(), socket_.get()}) {
    if (server == nullptr) continue;
    const auto counts = server->connections();
    all.open += counts.open;
    all.refused += counts.refused;
    all.evicted += counts.evicted;
    all.late += counts.late;
  }
  return all;
}

void RunningDaemon::say_hints() {
  const auto directory = store_->directory().snapshot();
  std::string channels;
  for (const auto& port : registry_->status()) {
    if (port.running && port.simulated && !port.implicit) channels += (channels.empty() ? "" : ", ") + std::string(to_string(port.channel));
  }
  if (!channels.empty()) {
    log_.warning("MSO-1009",
                 "Test mode: messages of these channels are kept as files and reach nobody. Add real providers with `messo apply FILE`.",
                 {{"channels", channels}, {"folder", outbox_.string()}});
  }
  if (directory->organisations.empty()) {
    log_.info("MSO-1010",
              "The hub is empty. Go on with: messo apply FILE (an organisation and a service), messo template import templates --publish, "
              "messo key create --name NAME.");
  }
}

std::string RunningDaemon::addresses() const {
  const auto with_port = [](const std::string& address, std::uint16_t port) {
    return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
  };
  return "API " + std::string(config_.listen.tls_certificate.empty() ? "http://" : "https://") +
         with_port(config_.listen.public_address, public_->port()) + ", administration http://" +
         with_port(config_.listen.admin_address, admin_->port()) + ", command line unix:" + config_.listen.socket.string();
}

void RunningDaemon::reload(const NodeConfig& wanted) {
  const auto difference = compare(config_, wanted);
  const auto join = [](const std::vector<std::string>& keys) {
    std::string out;
    for (const auto& key : keys) out += (out.empty() ? "" : ", ") + key;
    return out;
  };
  const bool retention = std::ranges::any_of(difference.live, [](const std::string& key) { return key.starts_with("store.retention."); });
  log_.change(wanted.log_format, wanted.log_level);
  config_.log_format = wanted.log_format;
  config_.log_level = wanted.log_level;
  config_.store.max_open = wanted.store.max_open;
  config_.store.min_free = wanted.store.min_free;
  config_.store.max_waiting = wanted.store.max_waiting;
  store_->set_admission(admission_of(config_));
  config_.store.keep_content = wanted.store.keep_content;
  config_.store.keep_ledger = wanted.store.keep_ledger;
  config_.store.keep_legal = wanted.store.keep_legal;
  config_.store.keep_idempotency = wanted.store.keep_idempotency;
  if (retention) {
    housekeeper_->stop();
    start_housekeeper();
  }
  if (!config_.listen.tls_certificate.empty()) {
    if (auto renewed = tls_identity(); renewed) {
      public_->show(std::move(*renewed));
    } else {
      log_.error("MSO-1013", "The certificate cannot be read again, the one in use stays. Correct the file and send SIGHUP again.",
                 {{"problem", renewed.error().message}});
    }
  }
  log_.info("MSO-1005", "The configuration was read again.", {{"changed", join(difference.live)}});
  if (!difference.restart.empty()) {
    log_.warning("MSO-1007", "Some changes count only after a restart of messod.", {{"keys", join(difference.restart)}});
  }
}

void RunningDaemon::stop() {
  if (!store_) return;
  if (api_) api_->stop_waiting();
  for (auto* server : {&public_, &admin_, &socket_}) {
    if (*server) (*server)->stop(kServerStop);
    server->reset();
  }
  if (housekeeper_) housekeeper_->stop();
  if (dispatcher_) dispatcher_->stop_leasing();
  if (poller_) poller_->end_cycles();
  if (registry_) registry_->stop(config_.drain);
  poller_.reset();
  if (dispatcher_) {
    if (const auto left = dispatcher_->stop(kRecordRest); left > 0) {
      log_.error("MSO-1011", "The store did not take all outcomes before the stop; these attempts are settled at the next start.",
                 {{"outcomes", std::to_string(left)}});
    }
  }
  housekeeper_.reset();
  registry_.reset();
  api_.reset();
  dispatcher_.reset();
  callbacks_.reset();
  evidence_.reset();
  chain_.reset();  // after everybody who brings evidence
  receipts_.reset();
  renderer_.reset();
  store_.reset();
}

}  // namespace

Result<std::unique_ptr<Daemon>> Daemon::start(NodeConfig config, const Clock& clock, LiveLog& log) {
  auto daemon = std::make_unique<RunningDaemon>(std::move(config), clock, log);
  if (auto running = daemon->run(); !running) return fail(std::move(running.error()));
  return std::unique_ptr<Daemon>(std::move(daemon));
}

}  // namespace messo
