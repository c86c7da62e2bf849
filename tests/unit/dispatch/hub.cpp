#include "unit/dispatch/hub.hpp"

namespace messo::testing {

Outcome outcome(OutcomeKind kind, OutcomeScope scope, std::string code) {
  Outcome out;
  out.kind = kind;
  out.scope = scope;
  out.code = std::move(code);
  return out;
}
Outcome sent() { return outcome(OutcomeKind::sent, OutcomeScope::message, "test.250"); }
Outcome throttled(OutcomeScope scope, std::optional<Millis> retry_after) {
  Outcome out = outcome(OutcomeKind::try_later, scope, "test.throttled");
  out.throttled = true;
  out.retry_after = retry_after;
  return out;
}

Provider provider(std::string key, OnDoubt on_doubt) {
  Provider out;
  out.key = std::move(key);
  out.plugin = "scripted";
  out.channel = Channel::email;
  out.pool = "email";
  out.on_doubt = on_doubt;
  return out;
}

Submitted ScriptedPort::submit(std::span<const OutgoingMessage> batch) {
  std::vector<std::pair<AttemptId, Outcome>> answers;
  Submitted result = Submitted::taken;
  {
    const std::scoped_lock hold(mutex_);
    if (!next_answers_.empty()) {
      result = next_answers_.front();
      next_answers_.pop_front();
    }
    if (result == Submitted::busy) return result;
    EXPECT_LE(batch.size(), max_batch());
    for (const OutgoingMessage& message : batch) {
      received_.push_back(message);
      if (result == Submitted::failed) continue;
      if (auto answer = script_ ? script_(message) : std::optional(sent())) {
        answers.emplace_back(message.attempt, std::move(*answer));
      } else {
        held_.push_back(message.attempt);
      }
    }
    most_ = std::max(most_, held_.size() + answers.size());
  }
  for (auto& [attempt, answer] : answers) listener_->on_outcome(settings_.id, attempt, std::move(answer));
  return result;
}

void ScriptedPort::stop(Millis) { answer_all(throttled(OutcomeScope::provider)); }

void ScriptedPort::connect(ProviderListener& listener, std::uint32_t credits) {
  listener_ = &listener;
  grant(credits);
}

void ScriptedPort::forget_all() {
  const std::scoped_lock hold(mutex_);
  held_.clear();
}

void ScriptedPort::grant(std::uint32_t credits, std::optional<Instant> pause_until, std::string reason) {
  listener_->on_grant(settings_.id, {credits, pause_until, std::move(reason)});
}

void ScriptedPort::answer_all(const Outcome& answer) {
  std::vector<AttemptId> all;
  {
    const std::scoped_lock hold(mutex_);
    all.swap(held_);
  }
  for (const AttemptId& attempt : all) listener_->on_outcome(settings_.id, attempt, answer);
}

void ScriptedPort::set_script(Script script) {
  const std::scoped_lock hold(mutex_);
  script_ = std::move(script);
}
void ScriptedPort::answer_next_submits(std::vector<Submitted> answers) {
  const std::scoped_lock hold(mutex_);
  next_answers_.assign(answers.begin(), answers.end());
}
std::vector<OutgoingMessage> ScriptedPort::received() const {
  const std::scoped_lock hold(mutex_);
  return received_;
}
std::size_t ScriptedPort::count() const {
  const std::scoped_lock hold(mutex_);
  return received_.size();
}
std::size_t ScriptedPort::held() const {
  const std::scoped_lock hold(mutex_);
  return held_.size();
}
std::size_t ScriptedPort::most_at_once() const {
  const std::scoped_lock hold(mutex_);
  return most_;
}

Result<RenderedParts> PlainRenderer::render(const LeasedDelivery& delivery) {
  if (instead) return instead(delivery);
  return RenderedParts{{{"subject", "text/plain", "Avviso"}, {"text", "text/plain", "Gentile cittadino"}}, std::string(32, 'h')};
}

Hub::Hub() : memory(make_memory_store(clock)), store(std::make_unique<FlakyStore>(*memory)) {
  town = add_organisation("comune");
  desk = add_service(town, "sportello");
}

Hub::~Hub() { stop(); }

void Hub::change(const DirectoryChange& what) {
  const auto done = store->directory().apply(what, store->directory().snapshot()->version, clock.now());
  ASSERT_TRUE(done) << done.error().message;
  if (dispatcher) dispatcher->ring();
}

OrganisationId Hub::add_organisation(const std::string& key, std::uint32_t weight) {
  Organisation organisation;
  organisation.id = OrganisationId::make(clock.now());
  organisation.key = organisation.name = key;
  organisation.weight = weight;
  DirectoryChange what;
  what.organisations.push_back(organisation);
  change(what);
  return organisation.id;
}

ServiceId Hub::add_service(OrganisationId organisation, const std::string& key, std::uint32_t weight) {
  Service service;
  service.id = ServiceId::make(clock.now());
  service.organisation = organisation;
  service.key = service.name = key;
  service.weight = weight;
  service.senders[Channel::email] = {"sportello@comune.example.it", "Sportello unico", "risposte@comune.example.it"};
  DirectoryChange what;
  what.services.push_back(service);
  change(what);
  return service.id;
}

std::shared_ptr<ScriptedPort> Hub::add_provider(Provider settings, ScriptedPort::Script script, std::uint32_t credits) {
  if (settings.id.is_nil()) settings.id = ProviderId::make(clock.now());
  DirectoryChange what;
  what.providers.push_back(settings);
  change(what);
  auto port = std::make_shared<ScriptedPort>(settings, std::move(script));
  {
    const std::scoped_lock hold(ports_mutex_);
    ports_.push_back(port);
    credits_.push_back(credits);
  }
  if (dispatcher) {
    port->connect(dispatcher->listener(), credits);
    dispatcher->ring();
  }
  return port;
}

std::vector<std::shared_ptr<ScriptedPort>> Hub::ports() const {
  const std::scoped_lock hold(ports_mutex_);
  return ports_;
}

void Hub::pause(PauseScope scope, std::string_view subject) {
  DirectoryChange what;
  what.pauses.push_back({scope, std::string(subject), "test", clock.now()});
  change(what);
}

void Hub::resume(PauseScope scope, std::string_view subject) {
  DirectoryChange what;
  what.resumed.push_back({scope, std::string(subject), "", clock.now()});
  change(what);
}

NotificationId Hub::post(Job job) { return post_many(1, job).front(); }

std::vector<NotificationId> Hub::post_many(std::size_t count, const Job& job) {
  std::vector<NewNotification> all(count);
  std::vector<NotificationId> ids;
  for (NewNotification& n : all) {
    n.id = NotificationId::make(clock.now());
    n.organisation = job.organisation.is_nil() ? town : job.organisation;
    n.service = job.service.is_nil() ? desk : job.service;
    n.kind = job.kind;
    n.template_version = TemplateVersionId::make(clock.now());
    n.template_key = "avviso";
    n.priority = job.priority;
    n.language = "it";
    n.accepted_at = clock.now();
    n.reference = job.reference;
    n.batch = job.batch;
    n.recipient.name = "Mario Rossi";
    n.recipient.addresses[Channel::email] = "mario.rossi@example.it";
    n.data_json = "{}";
    n.recipient.addresses[Channel::sms] = "+393331234567";
    n.steps.push_back({StepId::make(clock.now()), 0, {}, StepState::active});
    n.steps.front().spec.channel = n.delivery.channel = job.channel;
    n.delivery.id = DeliveryId::make(clock.now());
    n.delivery.step = n.steps.front().id;
    n.delivery.pool = job.pool;
    n.delivery.address_hmac = std::string(16, 'a');
    n.delivery.due_at = job.due_at == Instant{} ? clock.now() : job.due_at;
    n.delivery.expires_at = job.expires_at == Instant{} ? clock.now() + 72h : job.expires_at;
    ids.push_back(n.id);
  }
  for (const auto& accepted : store->intake().accept_many(all))
    EXPECT_TRUE(accepted) << accepted.error().message << accepted.error().detail;
  if (dispatcher) dispatcher->ring();
  return ids;
}

void Hub::start(DispatchConfig config) {
  config.worker = {"node-1", BootId::make(clock.now())};
  dispatcher = std::make_unique<Dispatcher>(
      config, *store,
      [this] {
        const auto all = ports();
        return std::vector<ProviderPortPtr>(all.begin(), all.end());
      },
      renderer, clock, *log, Dispatcher::Hooks{[this] { events.ring(); }, {}});
  const Status started = dispatcher->start();
  ASSERT_TRUE(started) << started.error().message;
  const auto all = ports();
  for (std::size_t i = 0; i < all.size(); ++i) all[i]->connect(dispatcher->listener(), credits_[i]);
}

std::size_t Hub::stop(Millis limit) {
  if (!dispatcher) return 0;
  dispatcher->stop_leasing();
  for (const auto& port : ports()) port->stop(1s);
  const std::size_t left = dispatcher->stop(limit);
  dispatcher.reset();
  return left;
}

void Hub::crash() {
  store->flaky_work.writes_fail = true;
  dispatcher->stop_leasing();
  dispatcher->stop(0ms);
  dispatcher.reset();
  store->flaky_work.writes_fail = false;
}

void Hub::advance(Millis by) {
  clock.advance(by);
  if (dispatcher) dispatcher->ring();
}

bool Hub::eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    const auto seen = events.rings();
    if (condition()) return true;
    (void)events.wait(seen, 2ms);
  }
  return condition();
}

NotificationView Hub::view(NotificationId id) {
  auto found = store->ledger().find({}, id);
  EXPECT_TRUE(found);
  return found ? *found : NotificationView{};
}

DeliveryView Hub::delivery(NotificationId id) { return view(id).steps.at(0).deliveries.at(0); }

bool Hub::reaches(NotificationId id, DeliveryResult result) {
  return eventually([&] { return delivery(id).state.result == result; });
}
bool Hub::reaches(NotificationId id, Phase phase) {
  return eventually([&] { return delivery(id).state.phase == phase; });
}

bool Hub::waits(NotificationId id) {
  const Phase phase = delivery(id).state.phase;
  return phase == Phase::due || phase == Phase::scheduled;
}

ProviderStatus Hub::first_provider() {
  const auto status = dispatcher->status();
  if (!status.providers.empty()) return status.providers.front();
  ProviderStatus none;
  none.gate = Gate::not_running;
  return none;
}

std::size_t Hub::closed_as(DeliveryResult result) {
  const auto books = store->ledger().books();
  EXPECT_TRUE(books);
  for (const auto& [what, count] : books->closed) {
    if (what == result) return count;
  }
  return 0;
}

bool Hub::quiet() {
  // It looked three times with all outcomes recorded: whatever could be done was done.
  const auto before = dispatcher->metrics().turns.load();
  return eventually([&] {
    dispatcher->ring();
    return dispatcher->status().waiting_outcomes == 0 && dispatcher->metrics().turns.load() >= before + 3;
  });
}

}  // namespace messo::testing
