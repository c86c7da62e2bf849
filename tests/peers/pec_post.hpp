// The answers that are on their way to a mailbox: in order, held, waiting for the providers' clock. Thread-safe. Part of pec_provider.
#pragma once
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "peers/pec_provider_rules.hpp"
#include "peers/pec_submission.hpp"

namespace messo::peers {

struct PecPending {
  PecAnswer answer;
  std::string recipient;
  bool external = false;
  std::shared_ptr<const PecSubmission> submission;
  std::chrono::system_clock::time_point taken_at;
  std::chrono::seconds clock_at{0};  // the providers' clock when the message was taken
};

class PecPost {
 public:
  // `deliver` makes and files one answer; called on the thread of this object, one at a time.
  explicit PecPost(std::function<void(const PecPending&)> deliver);
  ~PecPost();  // what waits is dropped
  PecPost(const PecPost&) = delete;
  PecPost& operator=(const PecPost&) = delete;

  void add(PecPending pending);
  void hold();
  void hold(PecAnswerKind kind);
  void release();
  void release(PecAnswerKind kind);
  void delay(std::chrono::milliseconds before_each);
  void stop_clock();
  void advance(std::chrono::seconds by);

 private:
  void run();
  bool may_go(const PecPending& pending) const;

  std::function<void(const PecPending&)> deliver_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PecPending> waiting_;
  std::set<PecAnswerKind> held_;
  bool clock_stopped_ = false, ending_ = false;
  std::chrono::seconds clock_{0};
  std::chrono::milliseconds delay_{0};
  std::thread thread_;
};

}  // namespace messo::peers
