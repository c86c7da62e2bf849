// The other end: a plugin's process. It loads one library, makes one instance and passes every call of the border through its socket.
#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "base/time.hpp"
#include "channel/isolation/frames.hpp"
#include "channel/plugin_library.hpp"

namespace messo {

// Threads: run() reads; control, submit and the short extensions are called by another one, in the order they came; polls and call-backs
// each by one of their own. What the plugin tells is written by whoever tells it.
class PluginProcess {
 public:
  explicit PluginProcess(int socket);
  PluginProcess(const PluginProcess&) = delete;
  PluginProcess& operator=(const PluginProcess&) = delete;

  // Until the hub closes the socket or speaks nonsense; ends the process. SIGTERM, SIGINT and SIGHUP must be blocked before.
  [[noreturn]] void run();

 private:
  struct Work {
    isolation::Kind kind{};
    std::string body;
  };
  class Lane {
   public:
    void push(Work work);
    [[noreturn]] void work(PluginProcess& process);

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Work> waiting_;
  };
  struct Asked {
    bool done = false;
    std::int64_t code = MESSO_E_IO;
    std::string bytes;
  };
  struct Reply {
    std::int32_t code = MESSO_E_INTERNAL;
    std::string body;
  };

  void fill_host();
  std::int32_t keep_as_sent(const messo_id& attempt, messo_str bytes, const messo_reference* const* references, std::size_t count);
  bool handle(const isolation::Frame& frame);
  bool greet(isolation::WireReader in);
  bool take_given(isolation::WireReader in);
  void work(const Work& work);
  void submit(isolation::WireReader in);
  void call(isolation::WireReader in);
  Reply create(isolation::WireReader& in);
  Reply start();
  Reply stop(isolation::WireReader& in);
  Reply extension(isolation::Call what, isolation::WireReader& in);
  void receipt_call(isolation::Call what, isolation::WireReader& in, Reply& reply);
  void poll(const messo_receipts_poll_v1& table, isolation::WireReader& in, Reply& reply, messo_buffer* error, isolation::WireWriter& out);
  void on_request(isolation::WireReader& in, Reply& reply);

  enum class Urgency { now, soon };  // soon: within kSoon, with whatever else there is by then
  template <class F>
  void send(isolation::Kind kind, Urgency urgency, F&& body);
  void write_out(std::unique_lock<std::mutex>& hold);
  [[noreturn]] void write_later();
  template <class F>
  Asked ask(isolation::Ask what, F&& body);
  template <class T>
  const T* table_of(const char* id);
  [[noreturn]] void listen_to_signals();

  const int socket_;
  messo_host host_{};
  std::shared_ptr<const PluginLibrary> plugin_;
  std::string problem_;  // why there is none
  messo_instance* instance_ = nullptr;
  std::atomic<bool> running_{false};  // started and not stopped

  Lane calls_;

  std::mutex out_mutex_;
  std::condition_variable out_room_, out_later_;
  std::string out_;
  bool writing_ = false, later_ = false;
  Steady written_{};  // when anything was written last

  std::mutex asked_mutex_;
  std::condition_variable asked_changed_;
  std::map<std::uint32_t, Asked*> asked_;
  std::mutex as_sent_turn_;  // messages are kept one after the other: their pieces must not mix
  std::uint32_t next_ask_ = 0;
};

}  // namespace messo
