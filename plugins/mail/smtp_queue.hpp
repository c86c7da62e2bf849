// The messages that wait in a plugin for a connection, urgent ones first, and the workers that wait for them.
#pragma once
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "messo_channel.hpp"

namespace messo::mail {

// A message and until when it may be begun, fixed by the monotonic clock when it came: a step of the wall clock meanwhile changes nothing.
struct Waiting : plugin::OwnedMessage {
  Waiting(const plugin::Message& message, std::int64_t until_ms) : OwnedMessage(message), begin_before_ms(until_ms) {}
  std::int64_t begin_before_ms;  // steady
};

// Thread-safe. Bounded by the credits granted to the hub. The worker that fell idle last is woken first, so that few messages keep few
// connections warm instead of many half cold.
class SmtpQueue {
 public:
  explicit SmtpQueue(std::size_t capacity) : capacity_(capacity) {}

  // One per worker thread.
  struct Seat {
    std::condition_variable wake;
    bool called = false;
  };

  // All or nothing; false when that would be more than the capacity, or after close().
  bool put(std::vector<Waiting>&& batch);
  // Back to the front of its priority; it still counts as in hand.
  void put_back(Waiting&& message);

  enum class Wake : std::uint8_t { message, idle, closed };
  // Waits for a message, until `idle_at` at most.
  Wake take(Seat& seat, std::chrono::steady_clock::time_point idle_at, std::optional<Waiting>& message);
  // Another message without waiting, unless a worker waits that should have it.
  std::optional<Waiting> take_surplus();
  // Waits until closed or the time has passed; true when closed.
  bool rest(Seat& seat, std::chrono::steady_clock::time_point until);

  // All that waits; they still count as in hand.
  std::vector<Waiting> drain();
  // No more messages in; workers are sent home once the queue is empty.
  void close();
  // A message is about to get its outcome: its room is free, for the hub may hand over the next one before it hears that this was all.
  void answering() { --room_taken_; }
  // It has got it.
  void done();
  // Waits until every message has its outcome; false after `limit`.
  bool wait_empty(std::chrono::milliseconds limit);

 private:
  std::optional<Waiting> pop();
  std::deque<Waiting>& line_of(const Waiting& message);
  void wake_one();
  static void call(Seat& seat);

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable empty_;
  std::array<std::deque<Waiting>, 4> waiting_;  // by messo_priority
  std::size_t waiting_count_ = 0;
  std::size_t in_hand_ = 0;                  // until done()
  std::atomic<std::size_t> room_taken_ = 0;  // until answering(); raised under the mutex
  std::vector<Seat*> idle_;
  std::vector<Seat*> resting_;
  bool closed_ = false;
};

}  // namespace messo::mail
