// The smtp plugin: a pool of kept-alive connections to one mail server, each driven by a thread of its own.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mail/smtp_session.hpp"
#include "messo_channel.hpp"
#include "smtp/smtp_config.hpp"
#include "smtp/smtp_job.hpp"
#include "smtp/smtp_queue.hpp"

namespace messo::smtp {

class SmtpChannel final : public plugin::Channel, public plugin::Probes {
 public:
  SmtpChannel(std::string_view config_json, plugin::Host host);
  ~SmtpChannel() override;

  static plugin::About about();

  void start() override;
  bool submit(plugin::Batch batch) override;
  void stop(std::chrono::milliseconds drain) override;
  Report probe(std::chrono::milliseconds limit) override;

 private:
  struct Worker;

  void work(Worker& worker);
  void deliver(Worker& worker, Waiting message);
  void deliver(Worker& worker, Job job);
  bool ready(Worker& worker);
  mail::Verdict send(Worker& worker, const Job& job, const mail::OutgoingMail* following);
  void could_not_open(Worker& worker, Job& job, const mail::Verdict& verdict);
  void prepare_next(Worker& worker);
  std::optional<Job> prepare(const Waiting& message);
  void close_session(Worker& worker);

  void answer(const messo_id& attempt, const plugin::Outcome& outcome);
  void settle(const messo_id& attempt, const mail::Verdict& verdict, const std::string& message_id = {});
  std::optional<plugin::Outcome> paused();
  void pause(const mail::Verdict& verdict);
  std::chrono::milliseconds pause_length(const mail::Verdict& verdict);
  void give_back(std::vector<Waiting>&& messages, const plugin::Outcome& outcome);

  SmtpConfig config_;
  Poco::Net::Context::Ptr tls_;
  SmtpQueue queue_;
  std::atomic<bool> abort_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> open_sessions_{0};
  std::atomic<unsigned> failures_in_a_row_{0};
  std::atomic<std::int64_t> paused_until_ms_{0};  // steady; so that the common path takes no lock
  std::mutex pause_mutex_;
  mail::Verdict pause_verdict_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace messo::smtp
