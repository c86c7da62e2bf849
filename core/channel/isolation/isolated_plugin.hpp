// A plugin in a process of its own (`messo-plugin-host`), called through the very table a library would give: who holds the instance need
// not know. When the process crashes, hangs or is killed, only what it held is lost from sight: those attempts become unknown, except those
// that never reached it, which are given back; then it is started again, waiting longer each time.
#pragma once
#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "base/child_process.hpp"
#include "channel/isolation/frames.hpp"

namespace messo {

struct IsolationOptions {
  std::filesystem::path host_program;  // empty: messo-plugin-host beside this program
  Millis startup{15'000};              // for create and start together, when it is started again
  Millis hang{30'000};                 // without a sign of life, or with messages it does not take
  Millis first_wait{250};              // before it is started again; doubles, and begins anew once it has run for `longest_wait`
  Millis longest_wait{60'000};
  Millis drain{10'000};  // when somebody asked the process itself to end
};

// Of the process, for operators; shared, because it is asked for after the instance is gone.
struct IsolationFigures {
  std::atomic<std::uint64_t> restarts{0};
  std::atomic<pid_t> pid{0};  // 0: none runs
};

struct IsolatedSettings {
  std::filesystem::path folder;  // of plugins
  std::string plugin;            // bare name
  std::string provider;          // key; shown by ps(1)
  std::uint32_t memory_mb = 0;   // 0: no limit
  IsolationOptions options;
  std::shared_ptr<IsolationFigures> figures;
};

// The path of the program that runs plugins, when no other is configured.
std::filesystem::path plugin_host_program();

class IsolatedPlugin {
 public:
  // As messo_channel::create, and start() etc. of the table for what follows; nullptr with a sentence in `error`. Starts a process and
  // waits for it up to options.startup.
  static messo_instance* create(IsolatedSettings settings, std::string_view config_json, const messo_host* host, messo_buffer* error);
  // Its functions take only instances of create(); extension() knows the tables of all extensions: ask the descriptor first.
  static const messo_channel& table();

  IsolatedPlugin(IsolatedSettings settings, std::string config_json, const messo_host* host);
  ~IsolatedPlugin();  // ends the process
  IsolatedPlugin(const IsolatedPlugin&) = delete;
  IsolatedPlugin& operator=(const IsolatedPlugin&) = delete;

  // [control]
  std::int32_t create(messo_buffer* error);
  std::int32_t start(messo_buffer* error);
  void stop(Millis drain);
  // [worker]
  std::int32_t submit(const messo_message* const* batch, std::size_t count);
  std::int32_t resume(const messo_message& message, messo_str checkpoint);
  // [any] An answer's code and what follows it; MESSO_E_INTERNAL when the process ends meanwhile. One that is over `limit` ends it.
  struct Answer {
    std::int32_t code = MESSO_E_INTERNAL;
    std::string body;
    // Of one without body: why nobody answered.
    std::string_view why_none() const {
      return code == MESSO_E_BUSY ? "the plugin's process is not running at the moment; try again"
                                  : "the plugin's process ended or did not answer in time";
    }
  };
  template <class F>
  Answer call(isolation::Call what, Millis limit, F&& body);
  // The same for what only a running plugin can answer: MESSO_E_BUSY while there is none, or it is being stopped. One that is being started
  // is waited for up to `patience`.
  template <class F>
  Answer call_running(isolation::Call what, Millis limit, Millis patience, F&& body);
  // [any] How long a call may take that only begins something.
  Millis quick() const { return std::min(Millis{15'000}, settings_.options.hang); }

 private:
  struct IdHash {
    std::size_t operator()(const messo_id& id) const noexcept {
      std::size_t low = 0;
      std::memcpy(&low, id.bytes + 8, sizeof low);
      return low;
    }
  };
  struct IdEqual {
    bool operator()(const messo_id& a, const messo_id& b) const noexcept { return std::memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0; }
  };
  using Ids = std::unordered_set<messo_id, IdHash, IdEqual>;
  struct Chunk {
    std::string bytes;
    std::size_t sent = 0;
    std::uint64_t batch = 0;  // number of the submit it is, or 0
  };
  struct Batch {
    std::uint64_t number = 0;
    Steady since{};
    bool sent = false;  // wholly: before that the process cannot have it
    std::vector<messo_id> attempts;
  };
  struct Waiting {
    bool done = false;
    Answer answer;
  };
  struct Question {
    std::uint64_t run = 0;
    std::uint32_t id = 0;
    isolation::Ask what{};
    std::string body;
  };
  using Lock = std::unique_lock<std::mutex>;

  // supervisor
  void supervise();
  std::string begin();  // what went wrong, or empty
  std::string serve();  // why it ended
  bool receive(std::string& problem);
  std::string watch_time();
  void settle(std::string_view why);
  void tell(const std::vector<messo_id>& attempts, std::uint32_t kind, std::string_view code, std::string_view text);
  bool wait_to_start();

  // frames from the process
  bool handle(const isolation::Frame& frame);
  bool on_answer(isolation::WireReader& in);
  bool on_submitted(isolation::WireReader& in);
  bool on_outcome(isolation::WireReader& in);
  bool on_credits(isolation::WireReader& in);
  bool on_log(isolation::WireReader& in);
  bool on_question(isolation::WireReader& in);
  bool on_leaving();

  // questions of the plugin, which may wait for the disk
  void answer_questions();
  std::pair<std::int64_t, std::string> answer_to(const Question& question);
  std::int64_t keep_as_sent(isolation::WireReader& in);

  // with the lock held
  void push(Lock&, Chunk chunk);
  void flush(Lock&);
  std::uint32_t begin_call(Lock&, isolation::Call what, const std::function<void(isolation::WireWriter&)>& body);
  template <class F>
  Answer call_now(Lock& hold, isolation::Call what, Millis limit, F&& body);
  Answer finish_call(Lock& hold, std::uint32_t id, Waiting& waiting, Millis limit);
  void wake() const;

  const IsolatedSettings settings_;
  const std::string config_;
  const messo_host* const host_;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool alive_ = false;     // a process runs and may be written to
  bool started_ = false;   // its start succeeded once: from now on it is started again
  bool stopping_ = false;  // nothing is taken any more
  bool ending_ = false;    // the supervisor shall end
  bool leaving_ = false;   // the process asked to be stopped
  std::uint64_t run_ = 0;  // of processes, counted
  int socket_ = -1;
  std::deque<Chunk> out_;
  std::size_t out_bytes_ = 0;
  std::deque<Batch> batches_;  // not yet acknowledged
  Ids in_hand_;
  std::map<std::uint32_t, Waiting*> calls_;
  std::uint32_t next_call_ = 0;
  std::uint64_t next_batch_ = 0;
  std::uint32_t create_call_ = 0, start_call_ = 0, leave_call_ = 0;  // of the supervisor itself
  std::string end_reason_;                                           // somebody wants the process ended
  std::string last_problem_;
  Millis wait_{0};

  // the supervisor's own
  Child child_;
  isolation::FrameReader reader_;
  isolation::ReadOutcome outcome_;
  Steady began_{}, heard_{}, left_{};
  bool pinged_ = false;
  int wake_ = -1;  // eventfd(2)

  std::mutex questions_mutex_;
  std::condition_variable questions_changed_;
  std::deque<Question> questions_;
  std::size_t question_bytes_ = 0;  // of those and the one being answered
  bool questions_end_ = false;
  std::thread answerer_;
  std::string as_sent_;  // the answerer's: the pieces so far of the message to be kept
  std::thread supervisor_;
};

// The tables of receipts.poll/1 and receipts.callback/1 for instances of IsolatedPlugin::create().
const messo_receipts_poll_v1* isolated_poll_table();
const messo_receipts_callback_v1* isolated_callback_table();

template <class F>
IsolatedPlugin::Answer IsolatedPlugin::call(isolation::Call what, Millis limit, F&& body) {
  Lock hold(mutex_);
  if (!alive_) return {};
  return call_now(hold, what, limit, std::forward<F>(body));
}

template <class F>
IsolatedPlugin::Answer IsolatedPlugin::call_running(isolation::Call what, Millis limit, Millis patience, F&& body) {
  Lock hold(mutex_);
  const auto settled = [this] { return !alive_ || stopping_ || leaving_ || (create_call_ == 0 && start_call_ == 0); };
  const bool began = changed_.wait_for(hold, patience, settled);
  if (!began || !alive_ || stopping_ || leaving_ || !end_reason_.empty()) return {MESSO_E_BUSY, {}};
  return call_now(hold, what, limit, std::forward<F>(body));
}

template <class F>
IsolatedPlugin::Answer IsolatedPlugin::call_now(Lock& hold, isolation::Call what, Millis limit, F&& body) {
  Waiting waiting;
  const auto id = begin_call(hold, what, std::forward<F>(body));
  calls_.emplace(id, &waiting);
  return finish_call(hold, id, waiting, limit);
}

// A sentence into the room a caller gave for it, cut where that ends; there may be none.
void fill_room(messo_buffer* to, std::string_view text);

}  // namespace messo
