// Has the hub keep, before a message leaves, by which user_message_references its receipts will name it. That waits for the disk: some
// threads do it side by side, so that their writes share commits.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "smpp/outbound.hpp"

namespace messo::smpp {

class Expectations {
 public:
  // [one of its threads] Whether they are durable.
  using Done = std::function<void(OutboundPtr message, bool kept)>;

  Expectations(plugin::Host host, Done done) : host_(host), done_(std::move(done)) {}
  ~Expectations() { stop(); }

  void start(std::size_t threads);
  void put(OutboundPtr message);
  // Finishes what waits.
  void stop();

 private:
  void work();

  const plugin::Host host_;
  const Done done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<OutboundPtr> waiting_;
  bool ends_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace messo::smpp
