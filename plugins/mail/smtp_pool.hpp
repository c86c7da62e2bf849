// A pool of kept-alive connections to one mail server, each driven by a thread of its own: what plugins that send over SMTP have in common.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mail/smtp_job.hpp"
#include "mail/smtp_queue.hpp"
#include "mail/smtp_session.hpp"
#include "messo_channel.hpp"

namespace messo::mail {

// What a plugin makes of the pool.
struct SmtpPoolUse {
  // The plugin's bare name, of static life: its codes and log ids begin with it ("smtp.too_late", "smtp.outage"), its threads bear it.
  const char* name = "smtp";
  // [worker thread] The job of a message, or its outcome when it cannot be one. Once per message, with a connection open, before a byte
  // about the message leaves. May block on the disk; may throw: the message is tried again later.
  std::function<tl::expected<MailJob, plugin::Outcome>(const plugin::Message&)> make_job;
  // What the server's 250 after the final dot means.
  messo_outcome_kind taken = MESSO_SENT;
};

// Control calls (start, stop, probe) one at a time; submit() from any thread.
class SmtpPool {
 public:
  // Settings are copied; `tls` may be null when settings.tls is none.
  SmtpPool(SmtpSettings settings, PoolSettings pool, Poco::Net::Context::Ptr tls, plugin::Host host, SmtpPoolUse use);
  ~SmtpPool();  // after stop()
  SmtpPool(const SmtpPool&) = delete;
  SmtpPool& operator=(const SmtpPool&) = delete;

  // As plugin::Channel's.
  void start();
  bool submit(plugin::Batch batch);
  void stop(std::chrono::milliseconds drain);
  // Connects, secures and signs in on a connection of its own.
  plugin::Probes::Report probe(std::chrono::milliseconds limit);

 private:
  struct Worker;

  void work(Worker& worker);
  void deliver(Worker& worker, Waiting message);
  void deliver(Worker& worker, MailJob job);
  bool ready(Worker& worker);
  Verdict send(Worker& worker, const MailJob& job, const OutgoingMail* following);
  void could_not_open(Worker& worker, MailJob& job, const Verdict& verdict);
  void prepare_next(Worker& worker);
  std::optional<MailJob> prepare(const Waiting& message);
  std::optional<Verdict> open(Worker& worker);
  void close_session(Worker& worker);

  std::string coded(std::string_view what) const;
  plugin::Outcome stopped() const;
  plugin::Outcome outcome_of(const Verdict& verdict) const;
  void answer(const messo_id& attempt, const plugin::Outcome& outcome);
  void settle(const messo_id& attempt, const Verdict& verdict, std::vector<plugin::Reference> references = {});
  std::optional<plugin::Outcome> paused();
  void pause(const Verdict& verdict);
  std::chrono::milliseconds pause_length(const Verdict& verdict);
  void give_back(std::vector<Waiting>&& messages, const plugin::Outcome& outcome);

  const SmtpSettings settings_;
  const PoolSettings pool_;
  const Poco::Net::Context::Ptr tls_;
  const plugin::Host host_;
  const SmtpPoolUse use_;
  SmtpQueue queue_;
  std::atomic<bool> abort_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> open_sessions_{0};
  std::atomic<unsigned> failures_in_a_row_{0};
  std::atomic<std::int64_t> paused_until_ms_{0};  // steady; so that the common path takes no lock
  std::mutex pause_mutex_;
  Verdict pause_verdict_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

// The TLS context a provider's settings ask for; null without TLS. Throws plugin::ConfigError with a sentence for administrators.
Poco::Net::Context::Ptr tls_for(const SmtpSettings& settings);

}  // namespace messo::mail
