// A channel that is a program: started, spoken to, watched and started again. See README.md for the protocol.
#pragma once
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "exec_program.hpp"
#include "exec_protocol.hpp"

namespace exec {

class ExecChannel final : public messo::plugin::Channel, public messo::plugin::Probes {
 public:
  ExecChannel(std::string_view config_json, messo::plugin::Host host);
  ~ExecChannel() override;

  static messo::plugin::About about();

  void start() override;
  bool submit(messo::plugin::Batch batch) override;
  void stop(std::chrono::milliseconds drain) override;
  Report probe(std::chrono::milliseconds limit) override;

 private:
  using Clock = std::chrono::steady_clock;
  using Millis = std::chrono::milliseconds;
  enum class Phase { starting, describing, configuring, ready, ended };
  enum class Asked { describe, configure, submit, health, probe, stop };
  struct Request {
    Asked what{};
    messo_id attempt{};
  };
  struct Health {
    bool done = false, ok = false;
    std::string text;
  };

  // supervisor
  void supervise();
  std::string run_once();  // why it ended
  std::string turn();      // not empty: it must end
  std::string read_lines();
  void read_last_lines();
  std::string watch_time();
  void settle(std::string why);
  bool wait_to_start();

  // what the program says; not empty: it must end
  std::string handle(const std::string& line);
  std::string on_answer(const nlohmann::json& message);
  std::string on_described(const nlohmann::json& result);
  void on_submitted(const messo_id& attempt, const nlohmann::json& message);
  void on_call(const nlohmann::json& message);
  void on_receipt(const nlohmann::json& params, const nlohmann::json& id);
  void on_read(const nlohmann::json& params, const nlohmann::json& id);
  void on_credits(const nlohmann::json& params);
  void answer(const messo_id& attempt, const messo::plugin::Outcome& outcome);

  void ask(Asked what, std::string_view method, nlohmann::json params, std::optional<messo_id> attempt = {});  // with the lock held
  void say(std::string line);
  void wake() const;

  const Settings settings_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Phase phase_ = Phase::starting;
  bool was_ready_ = false, stopping_ = false, stop_asked_ = false, stop_answered_ = false;
  Clock::time_point stop_by_{};
  std::string problem_;  // why it is not ready
  std::deque<Line> lines_;
  std::unordered_map<messo_id, bool, messo::plugin::IdHash, messo::plugin::IdEqual> held_;  // whether it is written
  std::map<std::uint64_t, Request> asked_;
  std::uint64_t next_id_ = 0;
  std::vector<std::string> channels_;
  std::map<std::uint64_t, Health*> probes_;
  Millis wait_{0};

  // the supervisor's own
  Program program_;
  Clock::time_point began_{}, heard_{};
  unsigned garbage_ = 0;
  bool unread_ = false;  // lines wait in program_ that were read from the pipe already; its own thread only
  int wake_ = -1;
  std::thread thread_;
};

}  // namespace exec
