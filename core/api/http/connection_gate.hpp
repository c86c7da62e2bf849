// Who may hold a connection, and for how long: the bounds that keep a thread per connection harmless (DESIGN §8).
//
// Every connection has a seat with a deadline for whatever it is doing; a sweeper shuts down the socket of those that are late, which wakes
// the thread blocked on it, TLS or not. When all seats are taken the connection that has been waiting longest for a request gives up its
// seat: idle and dripping connections never keep others out.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "base/time.hpp"

namespace messo::http {

struct GateLimits {
  std::size_t connections = 2000;
  std::size_t per_address = 128;  // 0: no limit; an IPv6 address counts by its /64
  bool loopback_exempt = true;    // from per_address: a reverse proxy on the same machine speaks for many
};

class ConnectionGate {
 public:
  // One connection's seat. The connection's thread writes it, the sweeper reads it.
  class Seat {
   public:
    // Waiting for a request: may be asked to leave. `from_now` bounds it.
    void waiting(Millis from_now);
    // A head is coming in: still as good as idle.
    void reading_head(Millis from_now);
    // Somebody who has shown a sound head keeps the seat while the body comes in.
    void reading_body(Millis from_now);
    // A resource is at work: no deadline.
    void working();
    void writing(Millis from_now);
    bool late() const { return late_.load(std::memory_order_relaxed); }

   private:
    friend class ConnectionGate;
    int socket_ = -1;
    std::string address_;
    bool evicted_ = false;                        // under the gate's lock
    bool taken_ = false;                          // a thread serves it; under the gate's lock
    std::atomic<std::int64_t> deadline_us_{0};    // steady time; 0: none
    std::atomic<std::int64_t> waiting_since_{0};  // steady time; 0: not waiting
    std::atomic<bool> late_{false};
  };

  enum class Admitted : std::uint8_t { yes, full, too_many_from_address };
  struct Counts {
    std::uint64_t open = 0, refused = 0, evicted = 0, late = 0;
  };

  explicit ConnectionGate(GateLimits limits);
  ~ConnectionGate();
  ConnectionGate(const ConnectionGate&) = delete;
  ConnectionGate& operator=(const ConnectionGate&) = delete;

  // On accept, before a thread is given to it. `address` empty: not counted by address. `first_request` bounds the wait for it.
  Admitted admit(int socket, const std::string& address, Millis first_request);
  // The seat of an admitted socket, taken by the thread that serves it; valid until leave(). Null when there is none.
  Seat* take_seat(int socket);
  // Must come before the socket is closed.
  void leave(int socket);

  // From now on waiting connections are shut down, and those that begin to wait too. True once no thread serves one any more, false when
  // `limit` passed before.
  bool drain(Millis limit);
  bool draining() const { return draining_.load(std::memory_order_relaxed); }
  Counts counts() const;

  // The text connections are counted by.
  static std::string counted_address(const std::string& address);

 private:
  void sweep();
  bool evict_longest_waiting();   // with the lock held
  void forget(const Seat& seat);  // with the lock held

  const GateLimits limits_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::unordered_map<int, std::unique_ptr<Seat>> seats_;
  std::unordered_map<std::string, std::size_t> by_address_;
  std::size_t open_ = 0;  // seats not evicted
  std::uint64_t refused_ = 0, evicted_ = 0, late_ = 0;
  bool stop_ = false;
  std::atomic<bool> draining_{false};
  std::thread sweeper_;
};

}  // namespace messo::http
