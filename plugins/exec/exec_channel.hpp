// A channel that is a program: started, spoken to, watched and started again. See README.md for the protocol.
#pragma once
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "exec_program.hpp"
#include "exec_protocol.hpp"

namespace exec {

// Lists every extension a program may declare; what the program in hand does not declare answers as if it were not there.
class ExecChannel final : public messo::plugin::Channel,
                          public messo::plugin::Probes,
                          public messo::plugin::Queries,
                          public messo::plugin::TellsBalance,
                          public messo::plugin::PollsReceipts,
                          public messo::plugin::TakesReceiptCalls {
 public:
  ExecChannel(std::string_view config_json, messo::plugin::Host host);
  ~ExecChannel() override;

  static messo::plugin::About about();

  void start() override;
  bool submit(messo::plugin::Batch batch) override;
  void stop(std::chrono::milliseconds drain) override;
  Report probe(std::chrono::milliseconds limit) override;
  std::int32_t query(const messo_id& attempt, const std::vector<messo::plugin::Reference>& references) override;
  std::optional<Balance> balance(std::chrono::milliseconds limit) override;
  std::vector<Mailbox> mailboxes() override;
  Page poll(const Request& request) override;
  void ack(std::string_view mailbox, const std::vector<std::string_view>& ids, std::chrono::milliseconds timeout) override;
  Answer on_request(const Call& call) override;

 private:
  using Clock = std::chrono::steady_clock;
  using Millis = std::chrono::milliseconds;
  enum class Phase { starting, describing, configuring, ready, ended };
  enum class Asked { describe, configure, submit, health, query, waited, stop };
  struct Question {
    Asked what{};
    messo_id attempt{};    // submit, query
    std::string one_only;  // waited: no second one of this name until it is answered
  };
  // What a thread of the hub waits for.
  struct Reply {
    bool done = false, failed = false, ended = false;  // ended: nobody has answered, nor will
    std::string problem;
    nlohmann::json result;
  };
  using Ids = std::unordered_set<messo_id, messo::plugin::IdHash, messo::plugin::IdEqual>;

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
  std::string on_configured(const nlohmann::json& result);
  void on_submitted(const messo_id& attempt, const nlohmann::json& message);
  void on_queried(const messo_id& attempt, const nlohmann::json& message);
  void on_waited(std::uint64_t id, const Question& question, Reply reply);
  void on_call(const nlohmann::json& message);
  void on_receipt(const nlohmann::json& params, const nlohmann::json& id);
  void on_read(const nlohmann::json& params, const nlohmann::json& id);
  void on_credits(const nlohmann::json& params);
  void answer(const messo_id& attempt, const messo::plugin::Outcome& outcome);

  void ask(Question question, std::string_view method, nlohmann::json params);  // with the lock held
  // Waits for the answer; Reply::ended when the program is not ready, ends, does not answer in time, or owes one to the question before.
  Reply ask_and_wait(std::string one_only, std::string_view method, nlohmann::json params, Millis limit);
  void say(std::string line);
  void check_mailbox(std::string_view name);  // throws when the program has none of that name
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
  std::map<std::uint64_t, Question> asked_;
  std::uint64_t next_id_ = 0;
  Description description_;
  std::vector<Mailbox> mailboxes_;
  std::map<std::uint64_t, Reply*> waiting_;
  std::set<std::string> owed_;     // names of waited questions that have no answer
  Ids questioned_, unanswerable_;  // attempts: a question is open; the program said that it never can tell
  std::deque<messo_id> unanswerable_order_;
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
