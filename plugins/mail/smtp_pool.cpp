#include "mail/smtp_pool.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "mail/config_reading.hpp"
#include "mail/doubled_pause.hpp"

namespace messo::mail {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t kLongestLeft = 366LL * 24 * 3600 * 1000;  // ms

// The server is unwell rather than against us: no connection, or one that breaks before any message.
bool is_outage(const Verdict& verdict) {
  return verdict.pauses_provider && verdict.code.find_first_of("0123456789") == std::string::npos && verdict.klass != ReplyClass::account;
}

}  // namespace

struct SmtpPool::Worker {
  Worker(const SmtpSettings& settings, const Poco::Net::Context::Ptr& tls, const std::atomic<bool>& abort)
      : session(settings, tls, abort) {}

  SmtpSession session;
  SmtpQueue::Seat seat;
  std::optional<MailJob> next;  // taken ahead, so that its envelope can leave with the body before it
  steady_clock::time_point last_use{};
  steady_clock::time_point rest_until{};
  bool counted_open = false;
  std::thread thread;
};

Poco::Net::Context::Ptr tls_for(const SmtpSettings& settings) {
  if (settings.tls == TlsMode::none) return {};
  return or_config_error(make_tls_context(settings.host, settings.ca_file));
}

SmtpPool::SmtpPool(SmtpSettings settings, PoolSettings pool, Poco::Net::Context::Ptr tls, plugin::Host host, SmtpPoolUse use)
    : settings_(std::move(settings)), pool_(pool), tls_(std::move(tls)), host_(host), use_(std::move(use)), queue_(pool.capacity()) {}

SmtpPool::~SmtpPool() = default;

void SmtpPool::start() {
  try {
    for (unsigned i = 0; i < pool_.connections; ++i) {
      auto& worker = *workers_.emplace_back(std::make_unique<Worker>(settings_, tls_, abort_));
      worker.thread = std::thread([this, &worker] { work(worker); });
    }
  } catch (...) {
    stop(0ms);
    throw;
  }
  host_.credits(pool_.capacity());
}

bool SmtpPool::submit(plugin::Batch batch) {
  std::vector<Waiting> copies;
  copies.reserve(batch.size());
  const std::int64_t wall = host_.now_ms(), steady = host_.steady_ms();
  for (const plugin::Message message : batch) {
    // Past answer_by the hub may already have given the message to somebody else.
    const auto left = std::min(message.send_before_ms(), message.answer_by_ms()) - wall;
    copies.emplace_back(message, steady + std::clamp<std::int64_t>(left, 0, kLongestLeft));
  }
  return queue_.put(std::move(copies));
}

void SmtpPool::stop(milliseconds drain) {
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

plugin::Probes::Report SmtpPool::probe(milliseconds limit) {
  auto settings = settings_;
  auto& times = settings.timeouts;
  for (auto* time : {&times.connect, &times.tls, &times.greeting, &times.command}) *time = std::min(*time, limit);
  SmtpSession session(settings, tls_, abort_);
  const auto verdict = session.open();
  if (verdict) return {false, fmt::format("{} ({})", advice(*verdict), verdict->private_text)};
  const auto& offered = session.capabilities();
  return {true, fmt::format("Connected to {}:{}{}{}. Pipelining: {}.", settings.host, settings.port,
                            settings.tls == TlsMode::none ? " without TLS" : " with TLS", settings.username.empty() ? "" : ", signed in",
                            offered.pipelining ? "yes" : "no")};
}

// ---- worker threads ---------------------------------------------------------------------------------------------------------------------

void SmtpPool::work(Worker& worker) {
  pthread_setname_np(pthread_self(), use_.name);
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
    const auto idle_at = worker.session.is_open() ? worker.last_use + pool_.idle : steady_clock::now() + 1h;
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

void SmtpPool::deliver(Worker& worker, Waiting message) {
  if (const auto outcome = paused()) return answer(message.attempt(), *outcome);
  // Another connection gets through: this one does without for a while, and the message waits for that one.
  if (!worker.session.is_open()) {
    if (auto verdict = open(worker)) {
      const bool one_too_many = verdict->klass == ReplyClass::throttle && !is_outage(*verdict) && open_sessions_ > 0 && !stopping_;
      if (one_too_many) {
        worker.rest_until = steady_clock::now() + pool_.throttle_pause;
        return queue_.put_back(std::move(message));
      }
      return settle(message.attempt(), *verdict);
    }
  }
  if (auto job = prepare(message)) deliver(worker, std::move(*job));
}

// A job that can be sent, or nullopt after its outcome has been told.
std::optional<MailJob> SmtpPool::prepare(const Waiting& message) {
  if (host_.steady_ms() >= message.begin_before_ms) {
    answer(message.attempt(), plugin::given_back(coded("too_late"), "The time to send this message passed before its turn came."));
    return {};
  }
  try {
    auto made = use_.make_job(message);
    if (made) return std::move(*made);
    answer(message.attempt(), made.error());
  } catch (const std::exception& error) {
    // Nothing has left; the likely cause is memory, which passes.
    answer(message.attempt(),
           plugin::try_later(coded("internal"), "The message could not be built; it will be tried again.").log_text(error.what()));
  }
  return {};
}

void SmtpPool::prepare_next(Worker& worker) {
  if (stopping_ || worker.session.mails() + 1 >= pool_.messages_per_connection || paused()) return;
  if (auto message = queue_.take_surplus()) worker.next = prepare(*message);
}

bool SmtpPool::ready(Worker& worker) {
  if (!worker.session.is_open()) return false;
  // Busy connections are known to be alive; one that lay idle may have been closed by the server.
  return steady_clock::now() - worker.last_use < 200ms || worker.session.check_idle();
}

void SmtpPool::deliver(Worker& worker, MailJob job) {
  for (int round = 0; round < 2; ++round) {
    if (!ready(worker)) {
      close_session(worker);
      if (const auto outcome = paused()) return answer(job.attempt, *outcome);
      if (auto verdict = open(worker)) return could_not_open(worker, job, *verdict);
    }
    if (!worker.next) prepare_next(worker);
    std::optional<OutgoingMail> following;
    if (worker.next) following = worker.next->outgoing();
    const auto verdict = send(worker, job, following ? &*following : nullptr);
    worker.last_use = steady_clock::now();
    if (!worker.session.is_open()) close_session(worker);
    if (worker.session.lost_while_idle() && round == 0) continue;
    settle(job.attempt, verdict, std::move(job.references));
    if (worker.session.mails() >= pool_.messages_per_connection) close_session(worker);
    return;
  }
}

Verdict SmtpPool::send(Worker& worker, const MailJob& job, const OutgoingMail* following) {
  try {
    return worker.session.send(job.outgoing(), following);
  } catch (const std::exception& error) {
    // Out of memory, at a point nobody knows: no dialogue can go on from there.
    worker.session.abandon();
    return verdict_of(Stage::final_dot, Failure::closed, error.what());
  }
}

// The job was built for a connection that is gone, and there is no new one.
void SmtpPool::could_not_open(Worker& worker, MailJob& job, const Verdict& verdict) {
  settle(job.attempt, verdict);
  if (!worker.next) return;
  const auto attempt = worker.next->attempt;
  worker.next.reset();
  answer(attempt, outcome_of(verdict));
}

// What was wrong when it did not come about.
std::optional<Verdict> SmtpPool::open(Worker& worker) {
  auto verdict = worker.session.open();
  if (verdict) return verdict;
  ++open_sessions_;
  worker.counted_open = true;
  worker.last_use = steady_clock::now();
  failures_in_a_row_ = 0;
  return {};
}

void SmtpPool::close_session(Worker& worker) {
  worker.session.close();
  if (std::exchange(worker.counted_open, false)) --open_sessions_;
}

// ---- outcomes and pauses ----------------------------------------------------------------------------------------------------------------

std::string SmtpPool::coded(std::string_view what) const { return fmt::format("{}.{}", use_.name, what); }

plugin::Outcome SmtpPool::stopped() const {
  return plugin::given_back(coded("stopping"), "The provider is being stopped; the message goes out later.");
}

plugin::Outcome SmtpPool::outcome_of(const Verdict& verdict) const {
  auto outcome = mail::outcome_of(verdict, pool_);
  if (verdict.sent()) outcome.kind = use_.taken;
  return outcome;
}

void SmtpPool::answer(const messo_id& attempt, const plugin::Outcome& outcome) {
  queue_.answering();
  host_.outcome(attempt, outcome);
  queue_.done();
}

void SmtpPool::settle(const messo_id& attempt, const Verdict& verdict, std::vector<plugin::Reference> references) {
  auto outcome = outcome_of(verdict);
  // What may be out may be spoken of later.
  if (verdict.sent() || verdict.outcome == Outcome::unknown) outcome.references = std::move(references);
  if (verdict.pauses_provider) outcome.retry_after_ms = pause_length(verdict).count();
  // The pause first, or the hub would hand over the next message at once.
  if (verdict.pauses_provider && !stopping_) pause(verdict);
  answer(attempt, outcome);
}

// While the server is out the pause doubles from one second; what it asked for itself is taken as configured.
milliseconds SmtpPool::pause_length(const Verdict& verdict) {
  if (!is_outage(verdict)) return pause_of(verdict, pool_);
  return doubled_pause(failures_in_a_row_, pool_.reconnect_max);
}

std::optional<plugin::Outcome> SmtpPool::paused() {
  const auto left = paused_until_ms_ - host_.steady_ms();
  if (left <= 0) return {};
  const std::scoped_lock hold(pause_mutex_);
  return outcome_of(pause_verdict_).retry_after(left);
}

void SmtpPool::pause(const Verdict& verdict) {
  const auto length = pause_length(verdict);
  {
    const std::scoped_lock hold(pause_mutex_);
    const auto until = host_.steady_ms() + length.count();
    if (until <= paused_until_ms_) return;
    pause_verdict_ = verdict;
    paused_until_ms_ = until;
  }
  if (is_outage(verdict)) ++failures_in_a_row_;
  const auto reason = fmt::format("{} ({})", advice(verdict), verdict.private_text);
  host_.credits(pool_.capacity(), host_.now_ms() + length.count(), reason);
  host_.warning(coded(verdict.klass == ReplyClass::account ? "account_refused"
                      : is_outage(verdict)                 ? "outage"
                                                           : "throttled"),
                fmt::format("Paused for {} s. {}", std::max<std::int64_t>(1, length.count() / 1000), reason));
  auto waiting = queue_.drain();
  auto outcome = outcome_of(verdict);
  outcome.retry_after_ms = length.count();
  give_back(std::move(waiting), outcome);
}

void SmtpPool::give_back(std::vector<Waiting>&& messages, const plugin::Outcome& outcome) {
  for (const auto& message : messages) answer(message.attempt(), outcome);
}

}  // namespace messo::mail
