#include "smtp/smtp_channel.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "config_schema_json.hpp"

namespace messo::smtp {
namespace {

using namespace std::chrono_literals;
using mail::Stage;
using mail::Verdict;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kLongestLeft = 366LL * 24 * 3600 * 1000;  // ms

SmtpConfig config_or_throw(std::string_view config_json) {
  auto config = read_config(config_json);
  if (!config) throw plugin::ConfigError(config.error().message);
  return std::move(*config);
}

Poco::Net::Context::Ptr tls_or_throw(const mail::SmtpSettings& settings) {
  if (settings.tls == mail::TlsMode::none) return {};
  auto context = mail::make_tls_context(settings.host, settings.ca_file);
  if (!context) throw plugin::ConfigError(context.error().message);
  return *context;
}

plugin::Outcome stopped() { return plugin::given_back("smtp.stopping", "The provider is being stopped; the message goes out later."); }

// The server is unwell rather than against us: no connection, or one that breaks before any message.
bool is_outage(const Verdict& verdict) {
  return verdict.pauses_provider && verdict.code.find_first_of("0123456789") == std::string::npos &&
         verdict.klass != mail::ReplyClass::account;
}

}  // namespace

struct SmtpChannel::Worker {
  Worker(const mail::SmtpSettings& settings, const Poco::Net::Context::Ptr& tls, const std::atomic<bool>& abort)
      : session(settings, tls, abort) {}

  mail::SmtpSession session;
  SmtpQueue::Seat seat;
  std::optional<Job> next;  // taken ahead, so that its envelope can leave with the body before it
  steady_clock::time_point last_use{};
  steady_clock::time_point rest_until{};
  bool counted_open = false;
  std::thread thread;
};

SmtpChannel::SmtpChannel(std::string_view config_json, plugin::Host host)
    : Channel(host), config_(config_or_throw(config_json)), tls_(tls_or_throw(config_.settings)), queue_(config_.capacity()) {}

SmtpChannel::~SmtpChannel() = default;

plugin::About SmtpChannel::about() {
  plugin::About about;
  about.name = "smtp";
  about.version = "0.1.0";
  about.channels = {"email"};
  about.config_schema_json = kConfigSchema;
  about.preferred_batch = 32;
  about.max_batch = 256;
  return about;
}

void SmtpChannel::start() {
  try {
    for (unsigned i = 0; i < config_.connections; ++i) {
      auto& worker = *workers_.emplace_back(std::make_unique<Worker>(config_.settings, tls_, abort_));
      worker.thread = std::thread([this, &worker] { work(worker); });
    }
  } catch (...) {
    stop(0ms);
    throw;
  }
  host().credits(config_.capacity());
}

bool SmtpChannel::submit(plugin::Batch batch) {
  std::vector<Waiting> copies;
  copies.reserve(batch.size());
  const std::int64_t wall = host().now_ms(), steady = host().steady_ms();
  for (const plugin::Message message : batch) {
    // Past answer_by the hub may already have given the message to somebody else.
    const auto left = std::min(message.send_before_ms(), message.answer_by_ms()) - wall;
    copies.emplace_back(message, steady + std::clamp<std::int64_t>(left, 0, kLongestLeft));
  }
  return queue_.put(std::move(copies));
}

void SmtpChannel::stop(milliseconds drain) {
  stopping_ = true;
  queue_.close();
  give_back(queue_.drain(), stopped());
  if (!queue_.wait_empty(drain)) abort_ = true;  // ends every wait on the network within half a second
  for (auto& worker : workers_)
    if (worker->thread.joinable()) worker->thread.join();
  // A worker may have put its message back while the queue was being closed.
  give_back(queue_.drain(), stopped());
  workers_.clear();
}

SmtpChannel::Report SmtpChannel::probe(milliseconds limit) {
  auto settings = config_.settings;
  auto& times = settings.timeouts;
  for (auto* time : {&times.connect, &times.tls, &times.greeting, &times.command}) *time = std::min(*time, limit);
  mail::SmtpSession session(settings, tls_, abort_);
  const auto verdict = session.open();
  if (verdict) return {false, fmt::format("{} ({})", advice(*verdict), verdict->private_text)};
  const auto& offered = session.capabilities();
  return {true, fmt::format("Connected to {}:{}{}{}. Pipelining: {}.", settings.host, settings.port,
                            settings.tls == mail::TlsMode::none ? " without TLS" : " with TLS",
                            settings.username.empty() ? "" : ", signed in", offered.pipelining ? "yes" : "no")};
}

// ---- worker threads ---------------------------------------------------------------------------------------------------------------------

void SmtpChannel::work(Worker& worker) {
  pthread_setname_np(pthread_self(), "smtp");
  for (;;) {
    if (worker.next) {
      auto job = std::move(*worker.next);
      worker.next.reset();
      if (stopping_) {
        answer(job.attempt, stopped());
      } else {
        deliver(worker, std::move(job));
      }
      continue;
    }
    if (worker.rest_until > steady_clock::now()) queue_.rest(worker.seat, worker.rest_until);
    const auto idle_at = worker.session.is_open() ? worker.last_use + config_.idle : steady_clock::now() + 1h;
    std::optional<Waiting> message;
    const auto wake = queue_.take(worker.seat, idle_at, message);
    if (wake == SmtpQueue::Wake::message) {
      deliver(worker, std::move(*message));
    } else {
      close_session(worker);
      if (wake == SmtpQueue::Wake::closed) return;
    }
  }
}

void SmtpChannel::deliver(Worker& worker, Waiting message) {
  if (const auto outcome = paused()) return answer(message.attempt(), *outcome);
  // Another connection gets through: this one does without for a while, and the message waits for that one.
  if (!worker.session.is_open()) {
    if (auto verdict = worker.session.open()) {
      const bool one_too_many = verdict->klass == mail::ReplyClass::throttle && !is_outage(*verdict) && open_sessions_ > 0 && !stopping_;
      if (one_too_many) {
        worker.rest_until = steady_clock::now() + config_.throttle_pause;
        return queue_.put_back(std::move(message));
      }
      return settle(message.attempt(), *verdict);
    }
    ++open_sessions_;
    worker.counted_open = true;
    failures_in_a_row_ = 0;
    worker.last_use = steady_clock::now();
  }
  if (auto job = prepare(message)) deliver(worker, std::move(*job));
}

// A job that can be sent, or nullopt after its outcome has been told.
std::optional<Job> SmtpChannel::prepare(const Waiting& message) {
  if (host().steady_ms() >= message.begin_before_ms) {
    answer(message.attempt(), plugin::given_back("smtp.too_late", "The time to send this message passed before its turn came."));
    return {};
  }
  try {
    auto made = make_job(message, config_, host());
    if (made) return std::move(*made);
    answer(message.attempt(), made.error());
  } catch (const std::exception& error) {
    // Nothing has left; the likely cause is memory, which passes.
    answer(message.attempt(),
           plugin::try_later("smtp.internal", "The message could not be built; it will be tried again.").log_text(error.what()));
  }
  return {};
}

void SmtpChannel::prepare_next(Worker& worker) {
  if (stopping_ || worker.session.mails() + 1 >= config_.messages_per_connection || paused()) return;
  if (auto message = queue_.take_surplus()) worker.next = prepare(*message);
}

bool SmtpChannel::ready(Worker& worker) {
  if (!worker.session.is_open()) return false;
  // Busy connections are known to be alive; one that lay idle may have been closed by the server.
  return steady_clock::now() - worker.last_use < 200ms || worker.session.check_idle();
}

void SmtpChannel::deliver(Worker& worker, Job job) {
  for (int round = 0; round < 2; ++round) {
    if (!ready(worker)) {
      close_session(worker);
      if (const auto outcome = paused()) return answer(job.attempt, *outcome);
      if (auto verdict = worker.session.open()) return could_not_open(worker, job, *verdict);
      ++open_sessions_;
      worker.counted_open = true;
      failures_in_a_row_ = 0;
    }
    if (!worker.next) prepare_next(worker);
    std::optional<mail::OutgoingMail> following;
    if (worker.next) following = worker.next->outgoing();
    const auto verdict = send(worker, job, following ? &*following : nullptr);
    worker.last_use = steady_clock::now();
    if (!worker.session.is_open()) close_session(worker);
    if (worker.session.lost_while_idle() && round == 0) continue;
    settle(job.attempt, verdict, job.mail.message_id);
    if (worker.session.mails() >= config_.messages_per_connection) close_session(worker);
    return;
  }
}

Verdict SmtpChannel::send(Worker& worker, const Job& job, const mail::OutgoingMail* following) {
  try {
    return worker.session.send(job.outgoing(), following);
  } catch (const std::exception& error) {
    // Out of memory, at a point nobody knows: no dialogue can go on from there.
    worker.session.abandon();
    return mail::verdict_of(Stage::final_dot, mail::Failure::closed, error.what());
  }
}

// The job was built for a connection that is gone, and there is no new one.
void SmtpChannel::could_not_open(Worker& worker, Job& job, const Verdict& verdict) {
  settle(job.attempt, verdict);
  if (!worker.next) return;
  const auto attempt = worker.next->attempt;
  worker.next.reset();
  answer(attempt, outcome_of(verdict, config_));
}

void SmtpChannel::close_session(Worker& worker) {
  worker.session.close();
  if (std::exchange(worker.counted_open, false)) --open_sessions_;
}

// ---- outcomes and pauses ----------------------------------------------------------------------------------------------------------------

// The outcome comes before the room is free again, so that the hub never sees more than it granted.
void SmtpChannel::answer(const messo_id& attempt, const plugin::Outcome& outcome) {
  host().outcome(attempt, outcome);
  queue_.done();
}

void SmtpChannel::settle(const messo_id& attempt, const Verdict& verdict, const std::string& message_id) {
  auto outcome = outcome_of(verdict, config_);
  const bool may_bounce = verdict.sent() || verdict.outcome == mail::Outcome::unknown;
  if (may_bounce && !message_id.empty()) outcome.references.push_back({"message_id", message_id, 0});
  if (verdict.pauses_provider) outcome.retry_after_ms = pause_length(verdict).count();
  // The pause first, or the hub would hand over the next message at once.
  if (verdict.pauses_provider && !stopping_) pause(verdict);
  answer(attempt, outcome);
}

// While the server is out the pause doubles from one second; what it asked for itself is taken as configured.
milliseconds SmtpChannel::pause_length(const Verdict& verdict) {
  if (!is_outage(verdict)) return pause_of(verdict, config_);
  const auto doublings = std::min(failures_in_a_row_.load(), 16U);
  return std::min<milliseconds>(1s * (1U << doublings), config_.reconnect_max);
}

std::optional<plugin::Outcome> SmtpChannel::paused() {
  const auto left = paused_until_ms_ - host().steady_ms();
  if (left <= 0) return {};
  const std::scoped_lock hold(pause_mutex_);
  return outcome_of(pause_verdict_, config_).retry_after(left);
}

void SmtpChannel::pause(const Verdict& verdict) {
  const auto length = pause_length(verdict);
  {
    const std::scoped_lock hold(pause_mutex_);
    const auto until = host().steady_ms() + length.count();
    if (until <= paused_until_ms_) return;
    pause_verdict_ = verdict;
    paused_until_ms_ = until;
  }
  if (is_outage(verdict)) ++failures_in_a_row_;
  const auto reason = fmt::format("{} ({})", advice(verdict), verdict.private_text);
  host().credits(config_.capacity(), host().now_ms() + length.count(), reason);
  host().warning(verdict.klass == mail::ReplyClass::account ? "smtp.account_refused"
                 : is_outage(verdict)                       ? "smtp.outage"
                                                            : "smtp.throttled",
                 fmt::format("Paused for {} s. {}", std::max<std::int64_t>(1, length.count() / 1000), reason));
  auto waiting = queue_.drain();
  auto outcome = outcome_of(verdict, config_);
  outcome.retry_after_ms = length.count();
  give_back(std::move(waiting), outcome);
}

void SmtpChannel::give_back(std::vector<Waiting>&& messages, const plugin::Outcome& outcome) {
  for (const auto& message : messages) answer(message.attempt(), outcome);
}

}  // namespace messo::smtp
